"""PostgreSQL from a wheel, on this machine alone: the time-series database of a laptop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aiotctl.catalog.databases.postgres.login import ADMIN, DATABASE, ROLES, login, password
from aiotctl.catalog.databases.postgres.migrations import migrations
from aiotctl.catalog.databases.postgres.views import views
from aiotctl.catalog.entry import Contribution, HubContext, PlatformEntry
from aiotctl.catalog.options import seconds, size
from aiotctl.model import names
from aiotctl.model.blueprint import Json
from aiotctl.model.primitives import (
    ConfigFile,
    Directory,
    Health,
    Port,
    Quoting,
    Ref,
    Schema,
    Service,
    Text,
)
from aiotctl.quantities import DURATION_PATTERN, SIZE_PATTERN

PREFERRED_PORT = 15432
START_MS = 90_000
"""The first start makes the cluster; on a slow disk that takes its time."""

OPTIONS: dict[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
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
    },
}


def _hub(context: HubContext) -> Contribution:
    origin = ("platform/timeseries",)
    options = context.deployment.platform["timeseries"].options
    server = Service(
        name="postgres",
        program="postgres",
        command=(("/bin/sh",), (Ref(names.HUB, "root"), "/postgres/start.sh")),
        files=("postgres/start.sh", "postgres/pg_hba.conf", "postgres/postgresql.conf"),
        ports=(Port("sql", PREFERRED_PORT),),
        health=Health(tcp="sql", within_ms=START_MS),
        stop_signal="INT",  # PostgreSQL's fast shutdown: sessions end, nothing needs recovery
        stop_ms=30_000,
        unprivileged=True,
        origin=origin,
    )
    maintenance = Service(
        name="maintenance",
        program="python",
        command=(
            (Ref("program/python", "path"),),
            ("-m",),
            ("aiotctl.agents.maintenance",),
            (Ref(names.HUB, "root"), "/maintenance.json"),
        ),
        files=("maintenance.json",),
        start_after=("postgres",),
        origin=origin,
    )
    return Contribution(
        programs=("postgres", "python"),
        directories=(
            Directory("postgres", unprivileged=True),
            Directory("data/postgres", unprivileged=True, data=True),
        ),
        files=(
            ConfigFile("postgres/start.sh", _start_script(), unprivileged=True, origin=origin),
            ConfigFile("postgres/postgresql.conf", (_settings(options),), unprivileged=True, origin=origin),
            ConfigFile("postgres/pg_hba.conf", (_HBA,), unprivileged=True, origin=origin),
            ConfigFile("postgres/password", (password(ADMIN),), unprivileged=True, origin=origin),
            ConfigFile("maintenance.json", ('{"database": ', *login("owner"), "}\n"), origin=origin),
        ),
        services=(server, maintenance),
    )


def _start_script() -> Text:
    """The shell script that makes the cluster once and runs it."""
    script = Path(__file__).with_name("postgres").joinpath("start.sh").read_text()
    head, _, rest = script.partition("# BINDINGS\n")
    return (
        head,
        "programs=",
        Ref("program/postgres", "path", Quoting.SHELL),
        "\nroot=",
        Ref(names.HUB, "root", Quoting.SHELL),
        "\nport=",
        Ref(names.DATABASE, "sql.port", Quoting.SHELL),
        "\n",
        rest,
    )


_HBA = """\
# Over TCP from this machine, with a password; nothing else.
host all all 127.0.0.1/32 scram-sha-256
"""


def _settings(options: Mapping[str, Json]) -> str:
    return f"""\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 40
shared_buffers = '{size(options.get("memory", "128 MB")) // 1024}kB'
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
io_method = sync
jit = off
random_page_cost = 1.1
autovacuum_naptime = '15s'
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
"""


def _schema(context: HubContext) -> Schema:
    platform = context.deployment.platform
    options = platform["timeseries"].options
    series = context.series()
    return Schema(
        address="schema/hub",
        database=DATABASE,
        endpoint=Ref(names.DATABASE, "sql.address"),
        migrations=migrations(),
        series=series,
        views=views(series),
        settings={
            "retain": str(seconds(options.get("retain", "400d"))),
            "partition": str(seconds(options.get("partition", "1d"))),
            "lake": "on" if "lake" in platform else "off",
        },
        roles=tuple((role, password(role)) for role in ROLES),
    )


ENTRY = PlatformEntry(
    role="timeseries",
    engine="postgres-embedded",
    description="PostgreSQL from a wheel, as an unprivileged process on this machine; for a laptop",
    options=OPTIONS,
    hub=_hub,
    schema=_schema,
)
