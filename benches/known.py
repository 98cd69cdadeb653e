"""A record in which a whole fleet has been applied, made by the engine itself with a backend that does
nothing.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from aiotctl.engine.protocols import BoundUnit
from aiotctl.model.events import Event, UnitDone
from aiotctl.model.plan import Drift
from aiotctl.model.primitives import Host
from aiotctl.pipeline.compile import compile_environment
from aiotctl.session import applying, observing
from aiotctl.session.environment import Environment, open_environment
from aiotctl.session.planning import Options

APPLY = [sys.executable, "-m", "benches.known"]
"""The command that applies a project with doubles; the project's folder follows."""


class _Done:
    """Says of every unit that it is as wanted."""

    def observe(self, batch: Sequence[BoundUnit]) -> Mapping[str, tuple[Drift, ...]]:
        return {unit.address: () for unit in batch}

    def run(self, batch: Sequence[BoundUnit], cancelled: Callable[[], bool]) -> Iterator[Event]:
        return (UnitDone(unit.address, (), 0.0) for unit in batch)


class _Preferred:
    """Gives each port its preferred number and needs no programs."""

    def prepare(self, hosts: Sequence[Host], tell: Callable[[Event], None]) -> None:
        """Nothing is to be obtained."""

    def ports(self, hosts: Sequence[Host], known: Mapping[str, str]) -> Mapping[str, str]:
        return {
            f"{host.address}/service/{service.name}#{port.name}.{part}": value
            for host in hosts
            for service in host.services
            for port in service.ports
            for part, value in (("port", str(port.preferred)), ("address", f"127.0.0.1:{port.preferred}"))
        }

    def places(self, host: Host) -> Mapping[str, str]:
        return {}


def remember(project: Path) -> None:
    """Applies the project's only environment with doubles of everything that touches hosts, in a process of
    its own: what that leaves in memory must not slow down what is measured."""
    subprocess.run([*APPLY, str(project)], check=True, stdout=subprocess.DEVNULL)


def apply(project: Path) -> int:
    """Does what ``aiotctl apply`` does, from the blueprint to the record; doubles stand for the hosts
    and what is on them. Gives the number of units that were done."""
    for module in (applying, observing):
        module.backends = lambda *_: dict.fromkeys(("host", "schema"), _Done())
    applying.require_ready = lambda *_: ()
    Environment.surroundings = lambda self, record: _Preferred()
    compiled = compile_environment(project / "blueprint.yaml", None)
    bundle = compiled.bundle
    environment = open_environment(project, bundle.blueprint, bundle.environment, None, lambda _: None)
    done = applying.apply(environment, bundle, Options(), lambda _: True, lambda _: None, lambda: False)
    assert done is not None
    return done.done


if __name__ == "__main__":
    gc.disable()
    print(apply(Path(sys.argv[1])))
