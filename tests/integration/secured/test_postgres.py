"""Debian's PostgreSQL as it is emitted: who gets in, by what, and what each role can do."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from aiotctl.backends.schema import apply_schema
from aiotctl.backends.sql import Login, SchemaChange
from aiotctl.model import names
from tests.integration.secured.machines import DAY, Authority, Machines

SERVER = "host/hub-1/service/postgres"
Connect = Callable[..., psycopg.Connection[Any]]


def applied(machines: Machines) -> tuple[SchemaChange, ...]:
    """Brings the database to its schema, as an apply at the end of a tunnel does."""
    schema = machines.schema()
    for _, secret in schema.roles:
        machines.secrets.setdefault(secret.name, secret.name.replace("/", "-") + machines.spice)
    machines.secrets.setdefault(schema.logins.name, "{}")
    admin = Login("127.0.0.1", machines.port(SERVER, "sql"), machines.secrets["database/admin"])
    return apply_schema(schema, admin, machines.secrets)


@pytest.fixture(scope="module")
def server(machines: Machines) -> Machines:
    """The hub's database, with its schema."""
    machines.install("host/hub-1")
    machines.start(SERVER)
    applied(machines)
    return machines


STARTING_S = 30
"""So long a server that was started again may recover."""


@pytest.fixture
def connect(server: Machines) -> Connect:
    """A connection as a role, with files of a certificate or a password; everything verified."""

    def made(role: str, files: tuple[Path, Path, Path] | None = None, **changes: Any) -> Any:
        ca, cert, key = files or (server.files_of("nobody")[0], None, None)
        given: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": server.port(SERVER, "sql"),
            "user": role,
            "dbname": "aiot",
            "sslmode": "verify-full",
            "sslrootcert": ca,
            "autocommit": True,
            **({"sslcert": cert, "sslkey": key} if cert else {"sslcert": "", "sslkey": ""}),
        }
        deadline = time.monotonic() + STARTING_S
        while True:
            try:
                return psycopg.connect(**(given | changes))
            except psycopg.OperationalError as problem:
                if "starting up" not in str(problem) or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    return made


def test_a_schema_that_is_there_is_not_touched(server: Machines) -> None:
    assert applied(server) == ()


@pytest.mark.parametrize(
    ("role", "name"),
    [("writer", "hub-writer"), ("exporter", "database.exporter"), ("owner", "database.owner")],
)
def test_a_program_comes_in_by_its_certificate(
    server: Machines, connect: Connect, role: str, name: str
) -> None:
    with connect(role, server.files_of(name)) as connection:
        row = connection.execute(
            "SELECT current_user, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        ).fetchone()
    assert row is not None
    assert row[0] == role
    assert row[1] in ("TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("writer", "gateway.plant-a.gw-1"),
        ("writer", "database.exporter"),
        ("exporter", "hub-writer"),
        ("owner", "hub-writer"),
        ("admin", "database.owner"),
    ],
)
def test_no_certificate_gives_another_role(server: Machines, connect: Connect, role: str, name: str) -> None:
    with pytest.raises(psycopg.OperationalError):
        connect(role, server.files_of(name))


def test_a_programs_role_takes_no_password(server: Machines, connect: Connect) -> None:
    with pytest.raises(psycopg.OperationalError, match="certificate"):
        connect("writer", password=server.secrets["database/writer"])


def test_the_superuser_comes_from_this_host_with_a_password(server: Machines, connect: Connect) -> None:
    with connect("admin", password=server.secrets["database/admin"]) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("admin",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect("admin", password="guessed")


def test_nobody_comes_in_without_tls(server: Machines, connect: Connect) -> None:
    for role in ("admin", "writer", "reader"):
        with pytest.raises(psycopg.OperationalError, match="no encryption"):
            connect(role, sslmode="disable", password=server.secrets[f"database/{role}"])


def test_old_tls_is_refused(server: Machines, connect: Connect) -> None:
    with pytest.raises(psycopg.OperationalError):
        connect(
            "reader",
            password=server.secrets["database/reader"],
            ssl_min_protocol_version="TLSv1",
            ssl_max_protocol_version="TLSv1.1",
        )


def test_a_server_of_another_authority_is_not_trusted(
    server: Machines, connect: Connect, tmp_path: Path
) -> None:
    foreign = tmp_path / "ca.pem"
    foreign.write_text(Authority().pair.certificate)
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        connect("reader", password=server.secrets["database/reader"], sslrootcert=foreign)


def test_an_expired_certificate_is_refused(server: Machines, connect: Connect) -> None:
    pair, _ = server.authority.sign("hub-writer", ends=-60)
    with pytest.raises(psycopg.OperationalError, match="expired"):
        connect("writer", server.files_of("hub-writer", pair))


def test_a_revoked_certificate_is_refused_once_the_list_is_delivered(
    server: Machines, connect: Connect
) -> None:
    pair, serial = server.authority.sign("hub-writer", ends=DAY)
    files = server.files_of("hub-writer", pair)
    connect("writer", files).close()
    server.secrets[names.CRL] = server.authority.revocations((serial,))
    server.write(server.host("host/hub-1"))
    server.stop(SERVER)
    server.start(SERVER)
    with pytest.raises((psycopg.OperationalError, ssl.SSLError), match="revoked"):
        connect("writer", files)


MAY = {
    "writer": {"insert into ingest"},
    "exporter": {"read values", "read series"},
    "reader": {"read values", "read series", "temporary table"},
}
"""What each role of a program can do of the statements below, and nothing else of them."""

ATTEMPTS = {
    "insert into ingest": "INSERT INTO aiot.ingest (time, s, f, q) VALUES (now(), '1', 1.5, 0)",
    "insert into value": "INSERT INTO aiot.value (series, time, f, quality) VALUES (1, now(), 1, 0)",
    "read ingest": "SELECT count(*) FROM aiot.ingest",
    "read values": "SELECT count(*) FROM aiot.value",
    "read series": "SELECT count(*) FROM aiot.series",
    "change values": "UPDATE aiot.value SET f = 0",
    "delete values": "DELETE FROM aiot.value",
    "truncate values": "TRUNCATE aiot.value",
    "change series": "UPDATE aiot.series SET unit = 'x'",
    "change settings": "UPDATE aiot.setting SET value = '1'",
    "drop table": "DROP TABLE aiot.value",
    "make table": "CREATE TABLE aiot.own (i int)",
    "make public table": "CREATE TABLE public.own (i int)",
    "make schema": "CREATE SCHEMA own",
    "make role": "CREATE ROLE somebody",
    "temporary table": "CREATE TEMPORARY TABLE own (i int)",
    "become owner": "SET ROLE owner",
    "read passwords": "SELECT count(*) FROM pg_authid",
    "read files": "SELECT pg_read_file('/etc/passwd')",
    "run programs": "COPY (SELECT 1) TO PROGRAM 'true'",
    "drop partitions": "SELECT aiot.drop_partitions()",
}


@pytest.mark.parametrize("role", MAY)
def test_a_role_can_do_what_the_table_says_and_no_more(server: Machines, connect: Connect, role: str) -> None:
    certificates = {"writer": "hub-writer", "exporter": "database.exporter"}
    files = server.files_of(certificates[role]) if role in certificates else None
    done: set[str] = set()
    with connect(role, files, password=server.secrets[f"database/{role}"]) as connection:
        for what, statement in ATTEMPTS.items():
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                continue
            done.add(what)
    assert done == MAY[role]
