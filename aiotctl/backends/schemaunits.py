"""The engine's backend for schemas: looks at a database and brings it to what its Schema says."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager

from aiotctl.backends.authority import kept
from aiotctl.backends.reach import reached
from aiotctl.backends.schema import apply_schema, observe_schema
from aiotctl.backends.sql import Login, SchemaChange
from aiotctl.engine.bind import bind
from aiotctl.engine.protocols import BoundUnit
from aiotctl.errors import AiotctlError
from aiotctl.model.events import Event, UnitDone, UnitFailed
from aiotctl.model.plan import Drift
from aiotctl.model.primitives import Schema


class SchemaBackend:
    """Databases that this machine can reach."""

    def observe(self, batch: Sequence[BoundUnit]) -> Mapping[str, tuple[Drift, ...]]:
        """What an apply would change in each database; one that does not answer is a difference too."""
        return {unit.address: _observed(unit) for unit in batch}

    def run(self, batch: Sequence[BoundUnit], cancelled: Callable[[], bool]) -> Iterator[Event]:
        """Applies each schema. One that is removed goes with its database, so there is nothing to do for
        it.
        """
        for unit in batch:
            started = time.monotonic()
            try:
                changes = () if unit.remove else _applied(unit)
            except AiotctlError as error:
                yield UnitFailed(unit.address, error.diagnostics[0])
            else:
                items = tuple((_item(change), change.detail or "apply") for change in changes)
                yield UnitDone(unit.address, items, time.monotonic() - started)


def _applied(unit: BoundUnit) -> tuple[SchemaChange, ...]:
    with _login(unit) as login:
        return apply_schema(_schema(unit), login, unit.secrets)


def _observed(unit: BoundUnit) -> tuple[Drift, ...]:
    try:
        with _login(unit) as login:
            changes = observe_schema(_schema(unit), login, unit.secrets)
    except AiotctlError as error:
        return (Drift("database", error.diagnostics[0].detail),)
    return tuple(Drift(_item(change), change.detail or "is not as applied") for change in changes)


def _item(change: SchemaChange) -> str:
    return change.name if change.name.startswith(f"{change.what} ") else f"{change.what} {change.name}"


def _schema(unit: BoundUnit) -> Schema:
    assert isinstance(unit.rendered, Schema)
    return unit.rendered


@contextmanager
def _login(unit: BoundUnit) -> Generator[Login]:
    schema = _schema(unit)
    password = unit.secrets[schema.admin.name]
    where = bind((schema.endpoint,), unit.outputs, unit.secrets)
    if schema.port is None or schema.ca is None:
        host, _, port = where.rpartition(":")
        with reached(schema.place, host, int(port)) as (address, number):
            yield Login(address, number, password, schema.user)
        return
    port, authority = (bind((ref,), unit.outputs, unit.secrets) for ref in (schema.port, schema.ca))
    with kept(authority) as file, reached(schema.place, where, int(port), beyond=True) as (address, number):
        yield Login(address, number, password, schema.user, name=where, authority=file)
