"""The backends of an environment, by the kind of unit they run."""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.backends.hostunits import HostBackend
from aiotctl.backends.schemaunits import SchemaBackend
from aiotctl.engine.protocols import Backend
from aiotctl.model.record import Record
from aiotctl.session.environment import Environment
from aiotctl.session.stacks import KIND, Tell, stack_backend


def backends(environment: Environment, record: Record, tell: Tell = lambda _: None) -> Mapping[str, Backend]:
    """One backend a kind. ``tell`` is told of programs that are obtained."""
    hosts = HostBackend(environment.owner(record), environment.surroundings(record))
    return {"host": hosts, "schema": SchemaBackend(), KIND: stack_backend(environment, tell)}
