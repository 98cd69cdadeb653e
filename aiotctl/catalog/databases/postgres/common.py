"""What every PostgreSQL of the catalog has in common: options, settings, maintenance, schema."""

from __future__ import annotations

from dataclasses import replace

from aiotctl.catalog.accounts import owned
from aiotctl.catalog.agents import agent, programs
from aiotctl.catalog.cloud import is_managed
from aiotctl.catalog.databases.postgres.login import (
    ADMIN,
    DATABASE,
    MANAGED_ADMIN,
    ROLE,
    ROLES,
    SERVICE,
    Client,
    database_service,
    host_of,
    password,
    port_of,
)
from aiotctl.catalog.databases.postgres.migrations import migrations
from aiotctl.catalog.databases.postgres.readers import readers
from aiotctl.catalog.databases.postgres.views import views
from aiotctl.catalog.entry import Contribution, HubContext
from aiotctl.catalog.options import seconds, size
from aiotctl.model import names
from aiotctl.model.blueprint import Json
from aiotctl.model.primitives import ConfigFile, Ref, Schema
from aiotctl.quantities import DURATION_PATTERN, SIZE_PATTERN

ORIGIN = ("platform/timeseries",)
DATA = "data/postgres"
MAINTENANCE = "maintenance"

OPTIONS: dict[str, Json] = {
    "retain": {
        "type": "string",
        "pattern": DURATION_PATTERN,
        "default": "400d",
        "description": "how long values are kept in the database",
    },
    "partition": {
        "type": "string",
        "pattern": DURATION_PATTERN,
        "default": "1d",
        "description": "the span of time that one partition holds; old values leave by whole partitions",
    },
    "memory": {
        "type": "string",
        "pattern": SIZE_PATTERN,
        "default": "128 MB",
        "description": "memory the database shares between its processes (shared_buffers)",
    },
}


def option(context: HubContext, name: str, default: str) -> str:
    """One of the entry's options."""
    return str(context.deployment.platform["timeseries"].options.get(name, default))


def settings(context: HubContext) -> str:
    """Settings that hold for every version, as lines of postgresql.conf."""
    return f"""\
password_encryption = 'scram-sha-256'
max_connections = 40
shared_buffers = '{size(option(context, "memory", "128 MB")) // 1024}kB'
# A committed value survives a power cut.
fsync = on
synchronous_commit = on
full_page_writes = on
# One server without replicas or archive needs no more than this in its log.
wal_level = minimal
max_wal_senders = 0
max_wal_size = '1GB'
checkpoint_timeout = '10min'
# Shared memory as files of the cluster: nothing stays in /dev/shm after a kill, and its size does not matter.
dynamic_shared_memory_type = mmap
"""


LAST_SETTINGS = """\
jit = off
random_page_cost = 1.1
autovacuum_naptime = '15s'
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
"""


def maintenance(context: HubContext) -> Contribution:
    """The job that makes and drops partitions."""
    deployment, host = context.deployment, context.host
    client = Client(deployment, host, "owner", "maintenance/tls")
    config = "maintenance.json"
    here = () if is_managed(deployment, ROLE) else (SERVICE,)
    service = agent(deployment, host, MAINTENANCE, "maintenance", config, here)
    files = client.files
    made = Contribution(
        programs=programs(deployment),
        files=(ConfigFile(config, ('{"database": ', *client.login, "}\n"), origin=ORIGIN), *files),
        services=(replace(service, files=(*service.files, *(file.path for file in files)), origin=ORIGIN),),
        certificates=client.certificates,
    )
    return owned(deployment, made, MAINTENANCE)


def schema(context: HubContext) -> Schema:
    """The schema, which is the same for all."""
    deployment = context.deployment
    managed = is_managed(deployment, ROLE)
    series = context.series()
    shown = views(series)
    return Schema(
        address="schema/hub",
        database=DATABASE,
        endpoint=host_of(deployment) if managed else Ref(database_service(deployment), "sql.address"),
        port=port_of(deployment) if managed else None,
        ca=Ref(names.STACK, "database/ca") if managed else None,
        user=MANAGED_ADMIN if managed else ADMIN,
        migrations=migrations(),
        series=series,
        views=tuple((view.name, view.select) for view in shown),
        settings={
            "retain": str(seconds(option(context, "retain", "400d"))),
            "partition": str(seconds(option(context, "partition", "1d"))),
            "lake": "on" if "lake" in deployment.platform else "off",
        },
        roles=tuple((role, password(role)) for role in ROLES),
        readers=readers(deployment.access.values(), shown),
    )
