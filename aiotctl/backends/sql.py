"""One connection to a PostgreSQL server, and how its errors are told."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString, cast

from aiotctl.errors import AiotctlError, failure

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]
else:
    Connection = Any


STARTING_S = 60.0
"""A server that says it is starting is waited for so long."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach a database server: bound address and the administrator's password, which never shows.

    Of a cloud's server ``name`` is what its certificate says, ``authority`` the file with who signed that.
    """

    host: str
    port: int
    password: str
    user: str = "admin"
    connect_timeout_s: int = 5
    name: str = ""
    authority: str = ""

    def __repr__(self) -> str:
        return f"Login({self.user}@{self.host}:{self.port})"


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One difference between a schema and its database: ``what`` is migration, role, series, settings,
    view, database.
    """

    what: str
    name: str
    detail: str = ""


def connect(login: Login, database: str) -> Connection:
    """A connection as the server's superuser; each statement is a transaction unless one is begun.

    A server that is still starting, or recovers from a crash, is waited for.
    """
    import psycopg

    _wait_started(login)
    return psycopg.connect(
        host=login.name or login.host,
        port=login.port,
        user=login.user,
        password=login.password,
        dbname=database,
        autocommit=True,
        connect_timeout=login.connect_timeout_s,
        application_name="aiotctl schema",
        sslmode=_sslmode(login),
        sslrootcert=login.authority or None,
        hostaddr=login.host if login.authority else None,
    )


def _sslmode(login: Login) -> str:
    """A server of this machine may know no TLS; one at the end of an SSH tunnel takes nothing else."""
    if login.authority:
        return "verify-full"
    return "prefer" if login.host in ("127.0.0.1", "::1", "localhost") else "require"


def _wait_started(login: Login) -> None:
    """Returns as soon as the server no longer says that it takes no connections yet."""
    from psycopg.pq import PGconn, Ping

    where = f"host={login.host} port={login.port} connect_timeout={login.connect_timeout_s}".encode()
    deadline = time.monotonic() + STARTING_S
    while PGconn.ping(where) == Ping.REJECT and time.monotonic() < deadline:
        time.sleep(0.1)


def run(connection: Connection, statement: str) -> None:
    """Runs SQL that is no literal: constant files, or text put together by the quoting functions alone."""
    connection.execute(cast(LiteralString, statement))


def first_line(problem: Exception) -> str:
    """An error's own words."""
    return str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__


def unreachable(login: Login, problem: Exception) -> AiotctlError:
    """The error of a server that does not answer, or lets nobody in."""
    return failure(
        "database-unreachable",
        "The database does not answer",
        f"{login!r}: {first_line(problem)}",
        "See whether its service runs (`aiotctl status`) and what its log says (`aiotctl logs`).",
    )
