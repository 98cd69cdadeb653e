"""lab:index:Database: a PostgreSQL that asks for TLS and a password, and dumps itself every day."""

from __future__ import annotations

from pathlib import Path

from stacks.lab.machines.container import Container
from stacks.lab.machines.image import derived
from stacks.lab.provider.boxed import Boxed
from stacks.lab.provider.inputs import POSTGRES, DatabaseInputs
from stacks.lab.provider.kind import Tell
from stacks.lab.provider.values import Properties

PORT = 5432
_SETTLE = (Path(__file__).parent / "files" / "database.sh").read_text(encoding="utf-8")
_CA = f"etc/postgresql/{POSTGRES}/main/ca.crt"
_INSTALL = f"""
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
apt-get -qq install --yes --no-install-recommends postgresql-{POSTGRES}
pg_dropcluster --stop {POSTGRES} main
apt-get clean
systemctl mask ssh.service
"""


class Database(Boxed[DatabaseInputs]):
    """Its administrator may make roles and databases, and is no superuser, as in other clouds."""

    kind = "database"
    port = 0
    inputs = DatabaseInputs
    outputs = (*Boxed.outputs, "host", "port", "ca")

    def image(self, tell: Tell) -> str:
        return derived("database", _INSTALL, tell)

    def fill(self, box: Container, inputs: DatabaseInputs) -> None:
        """Nothing: it is all done once it runs."""

    def settle(self, box: Container, inputs: DatabaseInputs) -> None:
        box.run(_SETTLE, box.address, str(inputs.backup_days), stdin=_accounts(inputs).encode())

    def told(self, box: Container, inputs: DatabaseInputs) -> Properties:
        ca = box.read(_CA) or b""
        return {"host": box.address, "port": PORT, "ca": ca.decode()}


def _accounts(inputs: DatabaseInputs) -> str:
    """SQL that makes the administrator and the database, or gives the administrator another password."""
    admin, database = _name(inputs.admin), _name(inputs.database)
    role, name = _literal(inputs.admin), _literal(inputs.database)
    make_role, make_database = (
        _literal(f"CREATE ROLE {admin}"),
        _literal(f"CREATE DATABASE {database} OWNER {admin}"),
    )
    return f"""
SELECT {make_role} WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {role}) \\gexec
ALTER ROLE {admin} LOGIN CREATEROLE CREATEDB PASSWORD {_literal(inputs.password)};
SELECT {make_database} WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = {name}) \\gexec
"""


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
