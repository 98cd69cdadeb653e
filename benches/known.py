"""A record in which a whole fleet has been applied, made by the engine itself with a backend that does
nothing.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from aiotctl.engine.applier import Apply
from aiotctl.engine.batches import Means
from aiotctl.engine.planner import make_plan
from aiotctl.engine.protocols import BoundUnit
from aiotctl.engine.selection import Selection
from aiotctl.model.events import Event, UnitDone
from aiotctl.model.plan import Drift
from aiotctl.model.primitives import Host
from aiotctl.pipeline.compile import compile_environment
from aiotctl.session.environment import open_environment


class _Done:
    """Says of every unit that it is as wanted."""

    def observe(self, batch: Sequence[BoundUnit]) -> Mapping[str, tuple[Drift, ...]]:
        return {unit.address: () for unit in batch}

    def run(self, batch: Sequence[BoundUnit], cancelled: Callable[[], bool]) -> Iterator[Event]:
        return (UnitDone(unit.address, (), 0.0) for unit in batch)


class _Well:
    """Says of every host that it is well."""

    def unwell(self, addresses: Sequence[str]) -> Mapping[str, str]:
        return {}


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
    """Writes the record of the project's only environment as if all of it had been applied, in a process of
    its own:
    what that leaves in memory must not slow down what is measured."""
    subprocess.run([sys.executable, "-m", "benches.known", str(project)], check=True)


def _remember(project: Path) -> None:
    gc.disable()
    compiled = compile_environment(project / "blueprint.yaml", None)
    bundle = compiled.bundle
    environment = open_environment(project, bundle.blueprint, bundle.environment, None, lambda _: None)
    record = environment.record_or_new()
    backends = dict.fromkeys(("host", "schema"), _Done())
    means = Means(
        environment.store,
        environment.vault,
        backends,
        _Preferred(),
        _Well(),
        lambda _: None,
        lambda: False,
    )
    with environment.store.lock("bench", 0):
        plan = make_plan(bundle, record, environment.store, Selection())
        Apply(plan, bundle, record, means).run()


if __name__ == "__main__":
    _remember(Path(sys.argv[1]))
