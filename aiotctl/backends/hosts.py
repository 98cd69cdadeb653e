"""What backends of hosts take and tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class ProgramDelivery:
    """A program that is brought to a host: a file or a folder of this machine, by its digest."""

    name: str
    digest: str
    source: Path


@dataclass(frozen=True, slots=True)
class HostRun:
    """One host to be converged or cleared.

    `connection` are Ansible's connection variables (`ansible_connection`, `ansible_host`, ...);
    `manifest` is the JSON value told in agents/converge/manifest.py. It may hold secrets, so neither
    its text nor that of this object is ever shown. `packages` (name to apt's pattern of its version,
    empty for any), `accounts` (system users) and `deliveries` are what a machine of its own gets beside it.
    """

    address: str
    connection: Mapping[str, str]
    manifest: Mapping[str, Any] = field(repr=False)
    mode: Literal["apply", "destroy"] = "apply"
    purge_data: bool = False
    adopt: bool = False
    packages: Mapping[str, str] = field(default_factory=dict[str, str])
    accounts: tuple[str, ...] = ()
    deliveries: tuple[ProgramDelivery, ...] = ()

    @property
    def of_its_own(self) -> bool:
        """Whether it is a machine of its own, whose services are units of systemd."""
        return self.manifest.get("runtime") == "systemd"


@dataclass(frozen=True, slots=True)
class HostChange:
    """One item of a host: `kind` is directory, file, program, service, firewall, package, account or
    record; `action` is ok,
    create, update, delete, start, restart or reload. `reasons` tell what is wanted anew, `drift` what
    the world changed.
    """

    kind: str
    name: str
    action: str
    reasons: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostStarted:
    """Work on a host begins."""

    address: str


@dataclass(frozen=True, slots=True)
class HostProgress:
    """What is being done on a host now."""

    address: str
    what: str


@dataclass(frozen=True, slots=True)
class HostDone:
    """A host is as wanted; every item is listed, also those that needed nothing."""

    address: str
    changes: tuple[HostChange, ...]


@dataclass(frozen=True, slots=True)
class HostFailed:
    """A host could not be made as wanted; a next run goes on from there."""

    address: str
    reason: str
    detail: str = ""
    hint: str = ""
    log_tail: str = ""
    changes: tuple[HostChange, ...] = ()


@dataclass(frozen=True, slots=True)
class HostUnreachable:
    """A host could not be reached; nothing is known of it."""

    address: str
    detail: str


@dataclass(frozen=True, slots=True)
class HostObservation:
    """What a probe found; `error` is set where it could not look, or another owner has the root."""

    address: str
    changes: tuple[HostChange, ...] = ()
    error: str = ""

    @property
    def as_wanted(self) -> bool:
        """Whether nothing is to be done."""
        return not self.error and all(change.action == "ok" for change in self.changes)


HostEvent = HostStarted | HostProgress | HostDone | HostFailed | HostUnreachable
