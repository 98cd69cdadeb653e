"""The backends of an environment, by the kind of unit they run."""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.backends.hostunits import HostBackend
from aiotctl.backends.schemaunits import SchemaBackend
from aiotctl.engine.protocols import Backend
from aiotctl.model.record import Record
from aiotctl.session.environment import Environment


def backends(environment: Environment, record: Record) -> Mapping[str, Backend]:
    """One backend a kind."""
    hosts = HostBackend(environment.owner(record), environment.surroundings(record))
    return {"host": hosts, "schema": SchemaBackend()}
