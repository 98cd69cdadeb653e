"""Looks at hosts on this machine in this process: no Ansible, no change."""

from __future__ import annotations

from collections.abc import Sequence

from aiotctl.agents.converge.apply import check
from aiotctl.agents.converge.errors import ConvergeError
from aiotctl.agents.converge.facts import World
from aiotctl.agents.converge.reading import read_manifest
from aiotctl.agents.converge.removal import check_removal
from aiotctl.agents.converge.report import Change, Outcome
from aiotctl.backends.hosts import HostChange, HostObservation, HostRun


class LocalProbe:
    """Probes every file, program, process and port of hosts whose roots are on this machine."""

    def observe(self, batch: Sequence[HostRun]) -> list[HostObservation]:
        """One observation a host, in the order given; what runs and listens is read once for all."""
        world = World.look()
        return [_observe(host, world) for host in batch]


def _observe(host: HostRun, world: World) -> HostObservation:
    try:
        outcome = _look(host, world)
    except ConvergeError as error:
        return HostObservation(host.address, error=str(error))
    except OSError as error:
        return HostObservation(host.address, error=f"{error.filename}: {error.strerror}")
    return HostObservation(host.address, tuple(map(_change, outcome.changes)))


def _look(host: HostRun, world: World) -> Outcome:
    manifest = read_manifest(host.manifest)
    if host.mode == "destroy":
        return check_removal(manifest.root, manifest.owner, adopt=host.adopt, purge_data=host.purge_data)
    return check(manifest, world, adopt=host.adopt, purge_data=host.purge_data)


def _change(change: Change) -> HostChange:
    return HostChange(change.kind, change.name, change.action, change.reasons, change.drift)
