"""What a host on a machine of its own finds in place: its folder, its programs, its ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from aiotctl.backends.hosts import ProgramDelivery
from aiotctl.backends.manifest import Delivery
from aiotctl.backends.surroundings import Obtain, Program
from aiotctl.engine.bind import key
from aiotctl.model import address
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.events import Event
from aiotctl.model.primitives import Host, Port, machine_address

STAGED = PurePosixPath("/var/lib/aiotctl/programs")
"""Where a play puts programs, each in a folder named by its digest, for converge to take them from."""

DISTRIBUTION = {
    "mosquitto": "/usr/sbin/mosquitto",
    "postgresql": "/usr/lib/postgresql/15/bin",
    "python": "/usr/bin/python3",
}
"""Programs that packages of Debian 12 put on a host, used in place."""


def unchanged(place: HostPlace) -> HostPlace:
    """The place as it is: a person's own ssh_config and agent know how to log in."""
    return place


@dataclass(frozen=True, slots=True)
class RemoteSurroundings:
    """Hosts on machines of their own. ``lineage`` is that of the environment's record; ``login`` completes
    the place of a machine that a stack made with what logging in there takes.
    """

    lineage: str
    obtain: Obtain
    login: Callable[[HostPlace], HostPlace] = unchanged

    def prepare(self, hosts: Sequence[Host], tell: Callable[[Event], None]) -> None:
        """Obtains what is delivered to these hosts, for the architecture of each."""
        for arch in sorted({host.arch for host in hosts}):
            self._programs([host for host in hosts if host.arch == arch], tell)

    def ports(self, hosts: Sequence[Host], known: Mapping[str, str]) -> Mapping[str, str]:
        """Outputs for all their ports. A machine of its own has the preferred ones; the preflight sees
        whether others took them. Where a stack has yet to make the machine, the addresses are left out.
        """
        outputs: dict[str, str] = {}
        for host in hosts:
            assert host.place is not None
            here = host.place.address or known.get(key(machine_address(host.place)), "")
            for service in host.services:
                for port in service.ports:
                    name = f"{address.service(host.address, service.name)}#{port.name}"
                    where = dialled(here, port)
                    outputs[f"{name}.port"] = str(port.preferred)
                    if not where:
                        continue
                    outputs[f"{name}.host"] = where
                    bracketed = f"[{where}]" if ":" in where else where
                    outputs[f"{name}.address"] = f"{bracketed}:{port.preferred}"
        return outputs

    def places(self, host: Host) -> Mapping[str, str]:
        """``HOST#root`` and ``program/NAME#path``."""
        root = self.root(host.address)
        found = {f"{host.address}#root": root}
        for name in host.programs:
            found[f"program/{name}#path"] = DISTRIBUTION.get(name, f"{root}/programs/{name}")
        return found

    def root(self, _: str) -> str:
        """The folder below which everything of a host lives: one environment a machine."""
        return f"/var/lib/aiotctl/{self.lineage[:8]}"

    def deliveries(self, host: Host) -> Mapping[str, Delivery]:
        """How each program gets to its place: staged by its digest, then copied below the root."""
        found = {
            name: Delivery(staged(program.digest, name), program.digest, True)
            for name, program in self._programs([host], lambda event: None).items()
        }
        in_place = {n: Delivery(DISTRIBUTION[n], "", False) for n in host.programs if n in DISTRIBUTION}
        return {**found, **in_place}

    def brought(self, host: Host) -> tuple[ProgramDelivery, ...]:
        """What of this machine is carried to the host."""
        programs = self._programs([host], lambda event: None)
        return tuple(ProgramDelivery(name, one.digest, one.path) for name, one in programs.items())

    def _programs(self, hosts: Sequence[Host], tell: Callable[[Event], None]) -> Mapping[str, Program]:
        """Programs of hosts of one architecture."""
        names = sorted({name for host in hosts for name in host.programs if name not in DISTRIBUTION})
        return self.obtain(names, tell, hosts[0].arch) if names else {}


def staged(digest: str, name: str) -> str:
    """Where a program lies on a host before converge takes it."""
    return str(STAGED / digest.removeprefix("sha256:") / name)


def dialled(host: str, port: Port) -> str:
    """The address at which a port is reached: the host's own where others may dial it, else its loopback."""
    return host if port.exposed else "127.0.0.1"
