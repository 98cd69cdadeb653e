"""Reads an environment's machines and its rollout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from aiotctl.catalog.discovery import platform_entry
from aiotctl.catalog.runtimes.systemd import SSH_PORT
from aiotctl.findings import Kind, Path, listed, nearest
from aiotctl.model import address
from aiotctl.model.blueprint import Choice, Environment, HostPlace, Rollout, Site, Wave
from aiotctl.model.names import FIELD_STACK, LOGIN, STACK
from aiotctl.pipeline.language.broken import Ledger
from aiotctl.pipeline.language.hosts_schema import ROLES
from aiotctl.pipeline.language.platform import fits
from aiotctl.pipeline.language.reference import UNKNOWN_REFERENCE
from aiotctl.pipeline.language.schema import platform_entries
from aiotctl.quantities import duration_ms, percent

SERVED = Kind(
    "role-not-served-once",
    "A role of the platform that is not served exactly once",
    "Each role of the platform runs on one of the environment's central hosts: without a host it runs "
    "nowhere, and with two nobody knows which of them holds the data.",
)
PLACED = Kind(
    "gateway-without-host",
    "A gateway without a machine",
    "An environment with hosts says for every gateway of its sites which machine it is.",
)
MISPLACED = Kind(
    "engine-elsewhere",
    "An engine that does not run here",
    "Some engines are for this machine alone, others need machines of their own.",
)
SIMULATED = Kind(
    "simulated-with-hosts",
    "Simulated devices in an environment with hosts",
    "Simulated devices are served on this machine, where gateways elsewhere do not look for them.",
)
SIMULATED_WORDS = (
    "The gateways of this environment are other machines; they dial the devices' declared endpoints.",
    "Remove `simulate`; `aiotctl simulate` serves simulated devices where gateways reach them.",
)
NO_FLEET = Kind(
    "rollout-without-hosts",
    "A rollout without hosts",
    "Waves are of gateways on machines of their own; on this machine everything changes at once.",
)
NO_FLEET_WORDS = ("This environment has no `hosts`.", "Remove `rollout`, or say where the gateways are.")


def read_hosts(section: Mapping[str, Any]) -> dict[str, HostPlace]:
    """The machines by name."""
    return {name: _host(name, data) for name, data in section.items()}


def _host(name: str, data: Mapping[str, Any]) -> HostPlace:
    made = "address" not in data
    stack = (FIELD_STACK if "/" in name else STACK) if made else ""
    return HostPlace(
        name,
        data.get("address", ""),
        tuple(data.get("serves", ())),
        data.get("user", LOGIN if made else ""),
        data.get("port", SSH_PORT if made else 0),
        data.get("key", ""),
        data.get("jump", ""),
        data.get("become", "sudo"),
        data.get("become_password", {}).get("secret", ""),
        data.get("labels", {}),
        stack,
    )


def read_rollout(section: Mapping[str, Any]) -> Rollout:
    """How changes reach the gateways."""
    return Rollout(
        tuple(map(_wave, section.get("waves", ["100 %"]))),
        _share(section.get("max_fail", 0)),
        duration_ms(section.get("soak", "0s")) or 0,
        section.get("health", "services"),
    )


def _wave(data: int | str | Mapping[str, Any]) -> Wave:
    labels: Mapping[str, str] = {}
    if isinstance(data, Mapping):
        labels, data = data["labels"], data.get("share", "100 %")
    return Wave(data, labels=labels) if isinstance(data, int) else Wave(0, percent(str(data)), labels)


def _share(data: int | str) -> Decimal:
    return Decimal(data) if isinstance(data, int) else percent(data)


class PlacesCheck:
    """Holds the machines of an environment against its gateways and the platform's roles."""

    def __init__(self, path: Path, environment: Environment, ledger: Ledger) -> None:
        self.path, self.ledger = (*path, "hosts"), ledger
        self.hosts, self.removed = environment.hosts, environment.remove

    def run(self, sites: Iterable[Site], platform: Mapping[str, Choice], whole: bool) -> None:
        """Adds what does not fit. ``sites`` are those of the environment, ``whole`` says that all of them
        could be read."""
        gateways = {
            f"{site.name}/{gateway.name}"
            for site in sites
            for gateway in site.gateways
            if address.gateway(site.name, gateway.name) not in self.removed
        }
        if whole:
            self._gateways(gateways)
        self._central()
        self._roles(platform)

    def _gateways(self, gateways: set[str]) -> None:
        for name in self.hosts:
            if "/" in name and name not in gateways:
                detail = f"There is no gateway `{name}` in this environment.{nearest(name, gateways)}"
                remedy = f"Its gateways are {listed(sorted(gateways))}."
                self.ledger.add(UNKNOWN_REFERENCE.at((*self.path, name), detail, remedy, on_key=True))
        for name in sorted(gateways - set(self.hosts)):
            detail = f"The gateway `{name}` has no machine."
            remedy = f"Write `{name}: {{address: ...}}` here, or leave its site out with `select`."
            self.ledger.add(PLACED.at(self.path, detail, remedy, on_key=True))

    def _central(self) -> None:
        for name, host in self.hosts.items():
            if "/" not in name and not host.serves:
                detail = f"`{name}` is no gateway and serves nothing."
                remedy = "Write what it serves: `serves: [broker, timeseries, lake]`."
                self.ledger.add(SERVED.at((*self.path, name), detail, remedy, on_key=True))
            elif "/" in name and host.serves:
                detail = f"The gateway `{name}` cannot serve the platform's roles."
                remedy = "Give the roles to a host of its own, with a name without `/`."
                self.ledger.add(SERVED.at((*self.path, name, "serves"), detail, remedy, on_key=True))

    def _roles(self, platform: Mapping[str, Choice]) -> None:
        for role in ROLES:
            managed = role in platform and platform_entry(role, platform[role].engine).managed
            serving = [name for name, host in self.hosts.items() if role in host.serves]
            if len(serving) > 1:
                detail = f"The role `{role}` is served by {listed(serving)}."
                self.ledger.add(
                    SERVED.at((*self.path, serving[1], "serves"), detail, "Leave it to one of them.")
                )
            elif serving and managed:
                detail = f"`{serving[0]}` serves `{role}`, and the cloud does that here."
                path = (*self.path, serving[0], "serves")
                self.ledger.add(SERVED.at(path, detail, f"Remove `{role}` from `serves`."))
            elif not serving and not managed and role != "collector" and role in platform:
                detail = f"No host serves the role `{role}`."
                remedy = f"Add it to a central host: `serves: [{role}]`."
                self.ledger.add(SERVED.at(self.path, detail, remedy, on_key=True))
            elif serving and role not in platform:
                detail = f"`{serving[0]}` serves `{role}`, but the platform has no such role here."
                path = (*self.path, serving[0], "serves")
                self.ledger.add(SERVED.at(path, detail, f"Remove `{role}` from `serves`."))


class PlatformCheck:
    """Whether the chosen engines run where the environment is."""

    def __init__(self, path: Path, data: Mapping[str, Any], ledger: Ledger) -> None:
        self.path, self.data, self.ledger = path, data, ledger

    def run(self, platform: Mapping[str, Choice], local: bool) -> None:
        """Adds a finding for each engine that does not run there, and for each role without one."""
        for role, engines in platform_entries().items():
            possible = [entry.engine for entry in engines.values() if fits(entry, local)]
            if role in platform and platform[role].engine not in possible:
                where = "on this machine" if local else "on hosts of their own"
                detail = f"The engine `{platform[role].engine}` for `{role}` does not run {where}."
                remedy = f"Choose in this environment's overlay: {listed(possible)}."
                self.ledger.add(MISPLACED.at(self._place(role), detail, remedy))

    def _place(self, role: str) -> Path:
        if role in self.data.get("overlay", {}).get("platform", {}):
            return (*self.path, "overlay", "platform", role, "engine")
        return self.path
