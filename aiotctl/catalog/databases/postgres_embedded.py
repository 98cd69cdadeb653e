"""PostgreSQL from a wheel, on this machine alone: the time-series database of a laptop."""

from __future__ import annotations

from pathlib import Path

from aiotctl.catalog.accounts import joined
from aiotctl.catalog.databases.postgres import common
from aiotctl.catalog.databases.postgres.login import ADMIN, SERVICE, database_service, password
from aiotctl.catalog.entry import Contribution, HubContext, PlatformEntry
from aiotctl.model.blueprint import Json
from aiotctl.model.primitives import (
    ConfigFile,
    Directory,
    Health,
    Port,
    Quoting,
    Ref,
    Service,
    Text,
)

PREFERRED_PORT = 15432
START_MS = 90_000
"""The first start makes the cluster; on a slow disk that takes its time."""

OPTIONS: dict[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "properties": common.OPTIONS,
}


def _hub(context: HubContext) -> Contribution:
    server = Service(
        name=SERVICE,
        program="postgres",
        command=(("/bin/sh",), (Ref(context.host, "root"), "/postgres/start.sh")),
        files=("postgres/start.sh", "postgres/pg_hba.conf", "postgres/postgresql.conf"),
        ports=(Port("sql", PREFERRED_PORT),),
        health=Health(tcp="sql", within_ms=START_MS),
        stop_signal="INT",  # PostgreSQL's fast shutdown: sessions end, nothing needs recovery
        stop_ms=30_000,
        unprivileged=True,
        origin=common.ORIGIN,
    )
    contents = {
        "start.sh": _start_script(context),
        "postgresql.conf": (_settings(context),),
        "pg_hba.conf": (_HBA,),
        "password": (password(ADMIN),),
    }
    made = Contribution(
        programs=("postgres",),
        directories=(
            Directory("postgres", unprivileged=True),
            Directory(common.DATA, unprivileged=True, data=True),
        ),
        files=tuple(
            ConfigFile(f"postgres/{name}", text, unprivileged=True, origin=common.ORIGIN)
            for name, text in contents.items()
        ),
        services=(server,),
    )
    return joined(made, common.maintenance(context))


def _start_script(context: HubContext) -> Text:
    """The shell script that makes the cluster once and runs it."""
    script = Path(__file__).with_name("postgres").joinpath("start.sh").read_text()
    head, _, rest = script.partition("# BINDINGS\n")
    return (
        head,
        "programs=",
        Ref("program/postgres", "path", Quoting.SHELL),
        "\nroot=",
        Ref(context.host, "root", Quoting.SHELL),
        "\nport=",
        Ref(database_service(context.deployment), "sql.port", Quoting.SHELL),
        "\n",
        rest,
    )


_HBA = """\
# Over TCP from this machine, with a password; nothing else.
host all all 127.0.0.1/32 scram-sha-256
"""


def _settings(context: HubContext) -> str:
    return f"""\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
{common.settings(context)}io_method = sync
{common.LAST_SETTINGS}"""


ENTRY = PlatformEntry(
    role="timeseries",
    engine="postgres-embedded",
    description="PostgreSQL from a wheel, as an unprivileged process on this machine; for a laptop",
    options=OPTIONS,
    hub=_hub,
    schema=common.schema,
)
