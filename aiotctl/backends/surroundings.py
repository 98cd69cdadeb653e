"""What a host on this machine finds in place: the folder it lives in, its programs, its ports."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aiotctl.agents.converge.procfs import scan
from aiotctl.backends import ports
from aiotctl.backends.manifest import Delivery
from aiotctl.model.events import Event
from aiotctl.model.primitives import Host

PYTHON = "python"


class Program(Protocol):
    """An external program in its place."""

    @property
    def path(self) -> Path: ...

    @property
    def digest(self) -> str: ...


class Obtain(Protocol):
    """Gives programs by name, for machines of an architecture (empty: this machine's)."""

    def __call__(
        self, names: Sequence[str], tell: Callable[[Event], None], arch: str = ""
    ) -> Mapping[str, Program]: ...


@dataclass(frozen=True, slots=True)
class LocalSurroundings:
    """Hosts that are folders on this machine. ``base`` is the folder of the whole environment."""

    base: Path
    obtain: Obtain

    def prepare(self, hosts: Sequence[Host], tell: Callable[[Event], None]) -> None:
        """Obtains what these hosts need."""
        self._programs(hosts, tell)

    def ports(self, hosts: Sequence[Host], known: Mapping[str, str]) -> Mapping[str, str]:
        """Outputs for all their ports."""
        return ports.choose(hosts, known, self._running)

    def _running(self, host: str) -> bool:
        """Whether any process of a host runs."""
        root = str(self.root(host))
        return any(process.root == root for process in scan().values())

    def places(self, host: Host) -> Mapping[str, str]:
        """``HOST#root`` and ``program/NAME#path``; the roots of the other hosts too, since they are folders
        beside it.
        """
        found = {"host/hub#root": str(self.root("host/hub")), "host/field#root": str(self.root("host/field"))}
        found[f"{host.address}#root"] = str(self.root(host.address))
        for name, delivery in self.deliveries(host).items():
            path = f"{self.root(host.address)}/programs/{name}" if delivery.deliver else delivery.source
            found[f"program/{name}#path"] = path
        return found

    def root(self, address: str) -> Path:
        """The folder below which everything of a host lives."""
        return self.base / ".".join(address.split("/")[1:])

    def deliveries(self, host: Host) -> Mapping[str, Delivery]:
        """How each program gets to its place. What runs as another user is copied where that user can reach
        it.
        """
        names: set[str] = set()
        if os.geteuid() == 0:
            names = {service.program for service in host.services if service.unprivileged}
        found = {
            name: Delivery(str(program.path), program.digest, name in names)
            for name, program in self._programs([host], lambda event: None).items()
        }
        if PYTHON in host.programs:
            found[PYTHON] = Delivery(sys.executable, "", False)
        return found

    def _programs(self, hosts: Sequence[Host], tell: Callable[[Event], None]) -> Mapping[str, Program]:
        names = sorted({name for host in hosts for name in host.programs if name != PYTHON})
        return self.obtain(names, tell) if names else {}


def environment_base(lineage: str) -> Path:
    """The folder of an environment on this machine, named by the start of its lineage.

    Root's lies in ``/var/lib``, because services that run as another user must reach it; anyone else's in
    their own
    data folder.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/aiotctl") / lineage[:8]
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return Path(data) / "aiotctl" / lineage[:8]
