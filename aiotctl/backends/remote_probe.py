"""Looks at hosts on machines of their own, over SSH: no Ansible, no change, nothing left there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from aiotctl.backends.hosts import HostChange, HostObservation, HostRun
from aiotctl.backends.remote_python import Question, Reply, Unusable, ask
from aiotctl.backends.ssh_findings import finding
from aiotctl.backends.ssh_troubles import Failed
from aiotctl.model.blueprint import HostPlace

WITHIN_S = 60.0
"""So long a machine may take to look at all that it has."""

_NONE: Mapping[str, str] = MappingProxyType({})


class RemoteProbe:
    """Probes what `LocalProbe` does, on the machines of `places` (by the address of the host's unit).

    `passwords` are sudo's, for machines where it asks.
    """

    def __init__(self, places: Mapping[str, HostPlace], passwords: Mapping[str, str] = _NONE) -> None:
        self._places, self._passwords = places, passwords

    def observe(self, batch: Sequence[HostRun]) -> list[HostObservation]:
        """One observation a host, in the order given; each is asked in one SSH session."""
        replies = ask([self._question(host) for host in batch], WITHIN_S)
        return [self._observation(host, reply) for host, reply in zip(batch, replies, strict=True)]

    def _question(self, host: HostRun) -> Question:
        request = {
            "manifest": dict(host.manifest),
            "mode": host.mode,
            "purge_data": host.purge_data,
            "adopt": host.adopt,
        }
        password = self._passwords.get(host.address, "")
        return Question(self._places[host.address], "look", request, password)

    def _observation(self, host: HostRun, reply: Reply) -> HostObservation:
        match reply:
            case Failed():
                found = finding(self._places[host.address], reply)
                return HostObservation(host.address, error=f"{found.summary}: {reply.detail}")
            case Unusable():
                return HostObservation(host.address, error=f"it could not be looked at: {reply.detail}")
            case _ if error := reply.values.get("error"):
                return HostObservation(host.address, error=str(error))
            case _:
                return HostObservation(host.address, tuple(map(_change, reply.values["changes"])))


def _change(told: Mapping[str, Any]) -> HostChange:
    reasons, drift = tuple(told["reasons"]), tuple(told["drift"])
    return HostChange(told["kind"], told["name"], told["action"], reasons, drift)
