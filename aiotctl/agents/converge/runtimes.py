"""What keeps services running: the protocol, and which runtimes there are.

A runtime is a module with the functions of `Runtime`. It is imported when it is needed: a probe is to be
quick.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from .errors import ManifestError
from .facts import Observation, RuntimeFacts, World
from .manifest import ManagedFile, Manifest, Service
from .report import Change, ServiceFailure
from .state import Applied

Tell = Callable[[str], None]


class Running(Protocol):
    """The services of one root while they are changed, in the order of these calls."""

    def stop_leftovers(self) -> None:
        """Ends what an earlier run left behind, so that nothing runs twice."""
        ...

    def stop_gone(self, journal: Applied, changes: list[Change]) -> None:
        """Stops the services that are no longer wanted, the last started first."""
        ...

    def bring_up(self, changes: list[Change]) -> list[ServiceFailure]:
        """Starts, restarts and reloads what needs it, and waits for health."""
        ...

    def forget_gone(self) -> None:
        """Makes the runtime forget what was removed from disk."""
        ...


class Runtime(Protocol):
    """One way of keeping services running."""

    def check(self, manifest: Manifest) -> None:
        """Refuses, by ManifestError, what this runtime cannot express."""
        ...

    def files(self, manifest: Manifest, socket: str) -> tuple[ManagedFile, ...]:
        """The files it needs; a path is below the root, or absolute where the system wants it."""
        ...

    def definition(self, manifest: Manifest, service: Service) -> object:
        """A JSON value of all that a running service has taken in at its start, files and programs apart."""
        ...

    def look(self, manifest: Manifest, applied: Applied | None, world: World) -> RuntimeFacts:
        """How the services run."""
        ...

    def own_pids(self, manifest: Manifest) -> set[int]:
        """The processes that belong to this root now."""
        ...

    def up(self, manifest: Manifest) -> dict[str, float]:
        """The services whose main process runs now, and since how many seconds."""
        ...

    def settled_after(self) -> float:
        """Seconds for which a service that cannot be asked must stay up to count as healthy."""
        ...

    def log_tail(self, root: Path, service: str) -> str:
        """The last lines of a service's log, without control characters."""
        ...

    def running(self, manifest: Manifest, seen: Observation, tell: Tell) -> Running:
        """The services, to be changed."""
        ...

    def stop_everything(self, root: Path, applied: Applied, tell: Tell) -> None:
        """Stops all services for good, the last started first."""
        ...

    def forget_all(self, applied: Applied) -> None:
        """After its files are gone: makes it forget them."""
        ...


def runtime_for(name: str) -> Runtime:
    """The runtime of this name. Raises ManifestError where there is none."""
    if name == "process":
        from . import process_runtime

        return process_runtime
    if name == "systemd":
        from . import systemd_runtime

        return systemd_runtime
    raise ManifestError(f"manifest.runtime: expected process or systemd, found {name!r}")
