"""The surroundings of an environment whose hosts may be folders of this machine or machines of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiotctl.backends.hosts import ProgramDelivery
from aiotctl.backends.manifest import Delivery
from aiotctl.backends.remote_surroundings import RemoteSurroundings
from aiotctl.backends.surroundings import LocalSurroundings
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.events import Event
from aiotctl.model.primitives import Host


@dataclass(frozen=True, slots=True)
class AllSurroundings:
    """Asks for each host whoever knows its kind."""

    local: LocalSurroundings
    remote: RemoteSurroundings

    def prepare(self, hosts: Sequence[Host], tell: Callable[[Event], None]) -> None:
        """Obtains what these hosts need."""
        here, elsewhere = _split(hosts)
        self.local.prepare(here, tell)
        self.remote.prepare(elsewhere, tell)

    def ports(self, hosts: Sequence[Host], known: Mapping[str, str]) -> Mapping[str, str]:
        """Outputs for all their ports."""
        here, elsewhere = _split(hosts)
        return {**self.local.ports(here, known), **self.remote.ports(elsewhere, known)}

    def places(self, host: Host) -> Mapping[str, str]:
        """Where the host's root and programs are."""
        return self._of(host).places(host)

    def login(self, place: HostPlace) -> HostPlace:
        """The place of a machine that a stack made, with what logging in there takes."""
        return self.remote.login(place)

    def root(self, host: Host) -> str:
        """The folder below which everything of a host lives."""
        return str(self._of(host).root(host.address))

    def deliveries(self, host: Host) -> Mapping[str, Delivery]:
        """How each program gets to its place."""
        return self._of(host).deliveries(host)

    def brought(self, host: Host) -> tuple[ProgramDelivery, ...]:
        """What is carried to the host's machine."""
        return self.remote.brought(host) if host.place else ()

    def _of(self, host: Host) -> LocalSurroundings | RemoteSurroundings:
        return self.local if host.place is None else self.remote


def _split(hosts: Sequence[Host]) -> tuple[list[Host], list[Host]]:
    return [h for h in hosts if h.place is None], [h for h in hosts if h.place is not None]
