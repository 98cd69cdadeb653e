"""What aiotctl put on each machine, as data for a playbook of others: packages, accounts, files with all
their values, units as text, programs of this machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aiotctl.agents.converge.firewall import UNIT, firewall_files
from aiotctl.agents.converge.manifest import ManagedFile, Manifest
from aiotctl.agents.converge.reading import read_manifest
from aiotctl.agents.converge.units import unit_files, unit_name
from aiotctl.backends.hosts import ProgramDelivery
from aiotctl.backends.manifest import manifest
from aiotctl.model.primitives import Host
from aiotctl.pipeline.compile import compile_environment
from aiotctl.session.environment import open_environment


@dataclass(frozen=True, slots=True)
class Compiled:
    """One machine; ``name`` is its host's address."""

    name: str
    address: str
    manifest: Manifest
    programs: tuple[ProgramDelivery, ...]

    @property
    def files(self) -> tuple[ManagedFile, ...]:
        """All files, those of units and firewall too; a relative path is below the root."""
        return (*self.manifest.files, *unit_files(self.manifest), *firewall_files(self.manifest))

    @property
    def services(self) -> list[str]:
        """Names of all units."""
        firewall = [UNIT] if self.manifest.firewall else []
        return [*firewall, *(unit_name(service.name) for service in self.manifest.services)]


def compiled(project: Path, environment: str) -> Iterator[Compiled]:
    """The machines of an environment that was applied."""
    bundle = compile_environment(project / "blueprint.yaml", environment).bundle
    opened = open_environment(project, bundle.blueprint, environment, None, lambda _: None)
    record = opened.record()
    assert record is not None
    around = opened.surroundings(record)
    for address in bundle.units:
        host = bundle.render(address)
        if isinstance(host, Host) and host.place is not None:
            bound = opened.bound(record, address, host)
            told = manifest(bound, opened.owner(record), around.root(host), around.deliveries(host))
            yield Compiled(address, host.place.address, read_manifest(told), around.brought(host))
