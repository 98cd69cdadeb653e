"""PostgreSQL as the distribution ships it, with a cluster of aiotctl's own beside any other of the host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aiotctl.catalog import conduits
from aiotctl.catalog.accounts import joined, owned
from aiotctl.catalog.certificates import Identity
from aiotctl.catalog.certificates import server as server_identity
from aiotctl.catalog.databases.postgres import common
from aiotctl.catalog.databases.postgres.login import (
    ADMIN,
    CERTIFICATES,
    DATABASE,
    SERVICE,
    database_service,
    password,
)
from aiotctl.catalog.entry import Contribution, FlowContext, HubContext, PlatformEntry
from aiotctl.model import names
from aiotctl.model.blueprint import Json
from aiotctl.model.primitives import (
    ConfigFile,
    Directory,
    Flow,
    Health,
    Package,
    Part,
    Port,
    Quoting,
    Ref,
    Service,
    Text,
)

PORT = 5432
PROGRAM = "postgresql"
ACCOUNT = SERVICE
FOLDER = "postgres"
START_MS = 90_000
"""The first start makes the cluster; on a slow disk that takes its time."""

OPTIONS: dict[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "version": {
            "type": "string",
            "pattern": r"^15\.[0-9A-Za-z.+~:*-]+$",
            "default": "15.*",
            "description": "the distribution's package, as apt writes it",
        },
        **common.OPTIONS,
        "networks": conduits.networks_schema(
            "networks from which people and programs with a role may connect; without any they come by SSH"
        ),
    },
}


def _hub(context: HubContext) -> Contribution:
    deployment, host = context.deployment, context.host
    place = deployment.environment.hosts[host.removeprefix("host/")]
    own = server_identity(host, f"{FOLDER}/tls", place)
    exposed = any(True for _ in _flows(FlowContext(deployment, ())))
    contents: dict[str, Text] = {
        "start.sh": _start_script(context),
        "postgresql.conf": _settings(context, own, exposed),
        "pg_hba.conf": (access_rules(),),
        "pg_ident.conf": (_identities(),),
        "password": (password(ADMIN),),
    }
    files = (
        *(ConfigFile(f"{FOLDER}/{name}", text, origin=common.ORIGIN) for name, text in contents.items()),
        *own.files(),
    )
    server = Service(
        name=SERVICE,
        program=PROGRAM,
        command=(("/bin/sh",), (Ref(host, "root"), f"/{FOLDER}/start.sh")),
        files=tuple(file.path for file in files if not file.path.endswith("/password")),
        ports=(Port("sql", PORT, exposed),),
        health=Health(tcp="sql", within_ms=START_MS),
        stop_signal="INT",  # PostgreSQL's fast shutdown: sessions end, nothing needs recovery
        stop_ms=30_000,
        origin=common.ORIGIN,
    )
    version = deployment.platform["timeseries"].options.get("version", "15.*")
    made = Contribution(
        programs=(PROGRAM,),
        directories=(Directory(common.DATA, data=True),),
        files=files,
        services=(server,),
        packages=(Package("postgresql-15", str(version)),),
        certificates=(own.certificate,),
    )
    return joined(owned(deployment, made, ACCOUNT), common.maintenance(context))


def _flows(context: FlowContext) -> Iterator[Flow]:
    """Collector and export dial the database where they are elsewhere; people, where they may."""
    deployment = context.deployment
    host = deployment.host_of("timeseries")
    purposes = {"collector": "values into the database", "lake": "values from the database to the lake"}
    for role, purpose in purposes.items():
        source = deployment.host_of(role) if role in deployment.platform else host
        if source != host:
            yield Flow(
                source,
                conduits.HUB_ZONE,
                host,
                conduits.HUB_ZONE,
                PORT,
                purpose,
                conduits.TLS,
                conduits.MUTUAL_TLS,
                conduits.networks_of(deployment, source),
            )
    allowed = conduits.networks_option(deployment, "timeseries", "networks")
    if allowed:
        yield Flow(
            conduits.PERSON,
            conduits.PEOPLE_ZONE,
            host,
            conduits.HUB_ZONE,
            PORT,
            "queries of people and programs with a role",
            conduits.TLS,
            conduits.PASSWORD,
            allowed,
        )


_BUILTIN = "--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
"""How a newer PostgreSQL than Debian 12's is told to sort by code points."""


def _start_script(context: HubContext) -> Text:
    """The script that makes the cluster once and runs it."""
    script = Path(__file__).with_name("postgres").joinpath("start.sh").read_text()
    head, _, rest = script.replace(_BUILTIN, "--locale=C.UTF-8").partition("# BINDINGS\n")
    parts: list[Part] = [head, "programs=", Ref(f"program/{PROGRAM}", "path", Quoting.SHELL), "/..\n"]
    parts += ["root=", Ref(context.host, "root", Quoting.SHELL), "\n"]
    port = Ref(database_service(context.deployment), "sql.port", Quoting.SHELL)
    ending = ' -c ident_file="$root/postgres/pg_ident.conf"\n'
    return (*parts, "port=", port, "\n", rest.rstrip("\n"), ending)


def access_rules() -> str:
    """Who may come in: the programs with their certificates, the superuser from this host alone (where
    `apply` arrives through SSH), people with a password; all of them by TLS.
    """
    certified = ",".join(CERTIFICATES)
    return f"""\
# Everything by TLS. The first line that fits decides.
hostssl all {ADMIN} 127.0.0.1/32 scram-sha-256
hostssl all {ADMIN} ::1/128 scram-sha-256
host all {ADMIN} all reject
hostssl {DATABASE} {certified} all cert map=programs
host all {certified} all reject
hostssl {DATABASE} all all scram-sha-256
"""


def _identities() -> str:
    """Which role the name in a certificate may take."""
    rows = (f"programs {names.common_name(name)} {role}\n" for role, name in CERTIFICATES.items())
    return "".join(rows)


def _settings(context: HubContext, own: Identity, exposed: bool) -> Text:
    files = {"ssl_ca_file": "ca", "ssl_cert_file": "cert", "ssl_key_file": "key", "ssl_crl_file": "crl"}
    parts: list[Part] = [
        f"listen_addresses = '{'*' if exposed else '127.0.0.1'}'\n",
        "unix_socket_directories = ''\n",
        "ssl = on\n",
        "ssl_min_protocol_version = 'TLSv1.2'\n",
    ]
    for key, name in files.items():
        parts += [f"{key} = '", *own.path(name), "'\n"]
    return (*parts, common.settings(context), common.LAST_SETTINGS)


ENTRY = PlatformEntry(
    role="timeseries",
    engine="postgres",
    description="PostgreSQL 15 of the distribution, with TLS, in a cluster of its own",
    options=OPTIONS,
    hub=_hub,
    schema=common.schema,
    flows=_flows,
    local=False,
    hosts=True,
)
