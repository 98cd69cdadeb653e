"""People and programs in a PostgreSQL cluster: their roles, what those may read, and who may log in.

The cluster is aiotctl's own, so its list of logins is a whole: whoever else may log in, and every right or
membership beyond what is wanted, is a difference, and an apply takes it away.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from aiotctl.backends import sql_passwords as passwords
from aiotctl.backends.sql import Connection, SchemaChange, run
from aiotctl.catalog.databases.postgres.quoting import identifier, literal
from aiotctl.model.primitives import Reader, Schema

CONNECTIONS = 5
"""So many sessions a login may have: people's queries must leave room for the collector."""

SHARED = ("aiot.latest", "aiot.readable_series", "aiot.quality")
"""What every role may select from; the first two show each role its own series only."""

USABLE = ("aiot", "devices", "pipelines")


@dataclass(frozen=True, slots=True)
class Login:
    """A login: the role it is a member of, its SCRAM verifier, and when it ends (seconds, 0: never)."""

    role: str
    verifier: str
    ends: int

    @property
    def until(self) -> str:
        """When it ends, as PostgreSQL reads it."""
        return datetime.fromtimestamp(self.ends, UTC).isoformat() if self.ends else "infinity"


@dataclass(frozen=True, slots=True)
class _Found:
    """What the cluster has. ``logins``: name to (verifier, end in seconds); ``grants``: (object, right) by
    role.
    """

    groups: frozenset[str]
    logins: Mapping[str, tuple[str, int]]
    members: frozenset[tuple[str, str]]
    grants: frozenset[tuple[str, str, str]]
    scopes: frozenset[tuple[str, str, str]]


def differences(connection: Connection, schema: Schema, secrets: Mapping[str, str]) -> Iterator[SchemaChange]:
    """What is missing, and what is there without being wanted."""
    found, logins = _found(connection, schema), _logins(schema, secrets)
    wanted = {reader.name for reader in schema.readers}
    yield from (SchemaChange("role", name, "created") for name in sorted(wanted - found.groups))
    yield from (SchemaChange("role", name, "removed") for name in sorted(found.groups - wanted))
    for name, login in sorted(logins.items()):
        if name not in found.logins:
            yield SchemaChange("login", name, "created")
        elif found.logins[name] != (_stored(schema, login), login.ends):
            yield SchemaChange("login", name, "new password or end")
    for name in sorted(set(found.logins) - set(logins)):
        yield SchemaChange("login", name, "may no longer log in")
    changed = wanted ^ found.groups | set(found.logins) ^ set(logins)
    for member, role in sorted(found.members ^ _members(logins)):
        if not {member, role} & changed:
            yield SchemaChange("role", member, f"membership of {role}")
    beside = found.grants ^ _grants(schema)
    for role in sorted({role for role, _, _ in beside} - changed):
        objects = sorted({name for who, name, _ in beside if who == role})
        yield SchemaChange("rights", role, f"of {', '.join(objects[:3])}{' …' if len(objects) > 3 else ''}")
    if found.scopes != _scopes(schema.readers):
        yield SchemaChange("rights", "aiot.scope", "pipelines and sites")


def ensure(connection: Connection, schema: Schema, secrets: Mapping[str, str]) -> None:
    """Makes it so, as one transaction; then ends the sessions of whoever may no longer be there."""
    found, logins = _found(connection, schema), _logins(schema, secrets)
    wanted = {reader.name for reader in schema.readers}
    ended = [
        name
        for name, was in found.logins.items()
        if name not in logins or _stored(schema, logins[name]) != was[0]
    ]
    users = connection.execute("SELECT oid FROM pg_roles WHERE rolname = ANY(%s)", [ended]).fetchall()
    with connection.transaction():
        for name in sorted(wanted - found.groups):
            run(connection, f"CREATE ROLE {identifier(name)} NOLOGIN")
            passwords.adopt(connection, schema, name)
        for name, login in logins.items():
            _ensure_login(connection, schema, name, login, name in found.logins)
        for member, role in sorted(found.members - _members(logins)):
            run(connection, f"REVOKE {identifier(role)} FROM {identifier(member)}")
        for member, role in sorted(_members(logins) - found.members):
            run(connection, f"GRANT {identifier(role)} TO {identifier(member)}")
        for name in sorted(set(found.logins) - set(logins)):
            run(connection, f"ALTER ROLE {identifier(name)} NOLOGIN PASSWORD NULL")
        _ensure_grants(connection, schema, found)
        _ensure_scopes(connection, schema, found)
        for name in sorted((found.groups - wanted) | _ours(set(found.logins) - set(logins))):
            _drop(connection, name)
        if not schema.managed:  # what else is in a cloud's server is the cloud's
            run(connection, "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = ANY(%s)",
        [[user for (user,) in users]],
    )


def _ensure_login(connection: Connection, schema: Schema, name: str, login: Login, there: bool) -> None:
    verb = "ALTER" if there else "CREATE"
    # Who is no superuser may not even say that others are none.
    limits = "NOCREATEDB NOCREATEROLE"
    limits += "" if schema.managed else " NOSUPERUSER NOREPLICATION NOBYPASSRLS"
    run(
        connection,
        f"{verb} ROLE {identifier(name)} LOGIN {limits}"
        f" CONNECTION LIMIT {CONNECTIONS} PASSWORD {literal(login.verifier)}"
        f" VALID UNTIL {literal(login.until)}",
    )
    passwords.note(connection, schema, name, login.verifier)
    if not there:
        passwords.adopt(connection, schema, name)


def _stored(schema: Schema, login: Login) -> str:
    """What the server tells of a login's password once it is set."""
    return passwords.mark(login.verifier) if schema.managed else login.verifier


def _drop(connection: Connection, name: str) -> None:
    """Drops a role of ours with its rights. It owns nothing: nowhere may it create anything."""
    run(connection, f"DROP OWNED BY {identifier(name)}")
    run(connection, f"DROP ROLE {identifier(name)}")


def _ours(names: set[str]) -> set[str]:
    """Those that an apply made. A foreign login is shut out, and what it owns is left to people."""
    return {name for name in names if name.startswith("person.")}


def _ensure_grants(connection: Connection, schema: Schema, found: _Found) -> None:
    wanted = _grants(schema)
    for role, name, right in sorted(found.grants - wanted):
        run(connection, f"REVOKE {right} ON {_object(name)} FROM {identifier(role)} CASCADE")
    for role, name, right in sorted(wanted - found.grants):
        run(connection, f"GRANT {right} ON {_object(name)} TO {identifier(role)}")


def _ensure_scopes(connection: Connection, schema: Schema, found: _Found) -> None:
    wanted = _scopes(schema.readers)
    if wanted != found.scopes:
        connection.execute("DELETE FROM aiot.scope")
        connection.cursor().executemany("INSERT INTO aiot.scope VALUES (%s, %s, %s)", sorted(wanted))


def _object(name: str) -> str:
    """A table, view, schema or database of ``_FIND_GRANTS``, for GRANT and REVOKE."""
    kind, _, rest = name.partition(" ")
    return f"{kind} {'.'.join(identifier(word) for word in rest.split('.', 1))}"


def _grants(schema: Schema) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        grant
        for reader in schema.readers
        for grant in (
            (reader.name, f"DATABASE {schema.database}", "CONNECT"),
            *((reader.name, f"SCHEMA {name}", "USAGE") for name in USABLE),
            *((reader.name, f"TABLE {name}", "SELECT") for name in (*SHARED, *reader.views)),
        )
    )


def _scopes(readers: tuple[Reader, ...]) -> frozenset[tuple[str, str, str]]:
    return frozenset((reader.name, pipeline, site) for reader in readers for pipeline, site in reader.scopes)


def _members(logins: Mapping[str, Login]) -> frozenset[tuple[str, str]]:
    return frozenset((name, login.role) for name, login in logins.items())


def _logins(schema: Schema, secrets: Mapping[str, str]) -> dict[str, Login]:
    """Who is wanted: whoever was given one of the roles that there are."""
    given = cast("dict[str, dict[str, Any]]", json.loads(secrets[schema.logins.name]))
    roles = {reader.name for reader in schema.readers}
    return {
        name: Login(one["role"], one["verifier"], one["ends"])
        for name, one in given.items()
        if one["role"] in roles
    }


_FIND_GRANTS = """
SELECT rolname, what, privilege_type FROM (
    SELECT 'TABLE ' || nspname || '.' || relname AS what, relacl AS acl
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE relacl IS NOT NULL
    UNION ALL
    SELECT 'SCHEMA ' || nspname, nspacl FROM pg_namespace WHERE nspacl IS NOT NULL
    UNION ALL
    SELECT 'DATABASE ' || datname, datacl FROM pg_database WHERE datacl IS NOT NULL
) AS objects, aclexplode(acl)
JOIN pg_roles ON pg_roles.oid = grantee
WHERE rolname LIKE 'role.%' OR rolname LIKE 'person.%'
"""


_ENDS = "CASE WHEN rolvaliduntil < 'infinity' THEN extract(epoch FROM rolvaliduntil)::bigint ELSE 0 END"
_FIND_LOGINS = (
    f"SELECT rolname, coalesce(rolpassword, ''), {_ENDS} FROM pg_authid"
    " WHERE rolcanlogin AND oid <> 10 AND rolname <> current_user AND rolname <> ALL(%s)"
).encode()
_FIND_MANAGED_LOGINS = (
    f"SELECT rolname, {passwords.COMMENTED}, {_ENDS} FROM pg_roles"
    " WHERE rolcanlogin AND rolname LIKE 'person.%%' AND rolname <> ALL(%s)"
).encode()
"""A cloud has logins of its own in its servers: of a managed one, people's are looked at alone."""


def _found(connection: Connection, schema: Schema) -> _Found:
    own = [role for role, _ in schema.roles]
    logins = connection.execute(_FIND_MANAGED_LOGINS if schema.managed else _FIND_LOGINS, [own])
    groups = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'role.%'")
    members = connection.execute(
        "SELECT a.rolname, b.rolname FROM pg_auth_members JOIN pg_roles AS a ON a.oid = member"
        " JOIN pg_roles AS b ON b.oid = roleid WHERE a.rolname NOT LIKE 'pg\\_%%'"
        " AND (a.rolname LIKE 'person.%%' OR NOT %s)",
        [schema.managed],
    )
    scopes: list[tuple[Any, ...]] = []
    if connection.execute("SELECT to_regclass('aiot.scope')").fetchone() != (None,):
        scopes = connection.execute("SELECT role, pipeline, site FROM aiot.scope").fetchall()
    return _Found(
        frozenset(name for (name,) in groups),
        {name: (verifier, ends) for name, verifier, ends in logins},
        frozenset((member, role) for member, role in members),
        frozenset(cast("Any", connection.execute(_FIND_GRANTS).fetchall())),
        frozenset(cast("Any", scopes)),
    )
