"""Holds an environment's cloud against its machines, sites and engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aiotctl.catalog.cloud import ROLE, CloudEntry
from aiotctl.catalog.discovery import platform_entry
from aiotctl.catalog.protocols.modbus.read import ModbusDevice
from aiotctl.findings import Finding, Kind, Path, listed
from aiotctl.model import address
from aiotctl.model.blueprint import Choice, Device, Environment, HostPlace, Site
from aiotctl.pipeline.language.broken import Ledger

NO_ADDRESS = Kind(
    "host-without-address",
    "A machine that nobody makes",
    "A host without an address is made by the environment's cloud; without a cloud it has to be there, and "
    "it has to be said where.",
)
GATEWAY = Kind(
    "gateway-in-cloud",
    "A gateway that the cloud is asked to make",
    "A gateway stands at its site, beside its devices. Only the lab, where sites are played, makes gateways "
    "too.",
)
LOGIN = Kind(
    "login-of-made-machine",
    "A login that is not yours to choose",
    "On a machine that the cloud makes, user and keys are aiotctl's own, made for it and known before it "
    "starts.",
)
IDLE = Kind(
    "cloud-makes-nothing",
    "A cloud that is asked for nothing",
    "Every machine has an address already and every role a host: a cloud that is named and makes nothing "
    "misleads.",
)
NO_CLOUD = Kind(
    "managed-without-cloud",
    "A managed service without a cloud",
    "Managed databases and buckets are a cloud's, and this environment has none.",
)
NO_EGRESS = Kind(
    "site-without-egress",
    "A site that the hub would not let in",
    "The doors of a hub in a cloud are open to the networks of its sites alone; a site that says nothing of "
    "its own is kept out.",
)
NO_OPERATORS = Kind(
    "operators-unknown",
    "A hub in a cloud without known operators",
    "Machines in a cloud take SSH from the networks of their operators alone, and aiotctl comes by SSH too.",
)
SERIAL = Kind(
    "simulated-serial-in-lab",
    "A simulated serial line that a lab's gateway cannot have",
    "Simulated devices are served on this machine; a gateway in a container reaches them by the network "
    "alone.",
)
AWAY = Kind(
    "simulated-beyond-lab",
    "A simulated device that its gateway cannot reach",
    "Simulated devices of a lab are served in its network, where gateways elsewhere do not look for them.",
)
OF_LOGINS = ("user", "port", "key", "jump", "become", "become_password")
SHOWN = 8


class CloudCheck:
    """What does not fit between an environment's cloud and the rest of it. ``written``: a cloud is named, be
    it one that could not be read.
    """

    def __init__(
        self,
        path: Path,
        data: Mapping[str, Any],
        environment: Environment,
        ledger: Ledger,
        written: bool,
    ) -> None:
        self.path, self.data, self.environment, self.ledger = path, data, environment, ledger
        self.written = written
        self.made = [place for place in environment.hosts.values() if place.stack]

    def run(self, sites: Sequence[Site], platform: Mapping[str, Choice]) -> None:
        """Adds what does not fit. ``sites`` are those of the environment."""
        choice = platform.get(ROLE)
        if choice is None and self.written:
            return  # what is wrong with it is told already
        found = self._without(platform) if choice is None else self._within(choice, sites, platform)
        for finding in (*found, *self._logins()):
            self.ledger.add(finding)

    def _without(self, platform: Mapping[str, Choice]) -> Iterator[Finding]:
        for place in self.made:
            detail = f"`{place.name}` has no address, and the environment has no cloud."
            remedy = "Write its `address:`, or choose a cloud: `overlay: {platform: {cloud: {engine: lab}}}`."
            yield NO_ADDRESS.at(self._host(place), detail, remedy, on_key=True)

        for choice in platform.values():
            if platform_entry(choice.role, choice.engine).managed:
                detail = f"`{choice.engine}` for `{choice.role}` is the cloud's own, and there is no cloud."
                remedy = "Choose a cloud too, or an engine that a host serves."
                yield NO_CLOUD.at(self._role(choice.role), detail, remedy)

    def _within(
        self, choice: Choice, sites: Sequence[Site], platform: Mapping[str, Choice]
    ) -> Iterator[Finding]:
        entry = platform_entry(ROLE, choice.engine)
        lab = isinstance(entry, CloudEntry) and entry.gateways
        services = any(platform_entry(one.role, one.engine).managed for one in platform.values())
        if not (self.made or services or choice.options.get("registry") or choice.options.get("cluster")):
            detail = f"Nothing in this environment is made by `{choice.engine}`."
            remedy = "Leave out the `address:` of a host that it is to make, or remove `cloud`."
            yield IDLE.at(self._role(ROLE), detail, remedy)
        if lab:
            yield from self._simulated(sites)
        else:
            yield from self._gateways(choice)
            yield from self._doors(sites, platform)

    def _gateways(self, choice: Choice) -> Iterator[Finding]:
        for place in self.made:
            if "/" in place.name:
                detail = f"`{place.name}` has no address; `{choice.engine}` makes machines of the hub alone."
                remedy = "Write the address at which your network, or a jump host, reaches it."
                yield GATEWAY.at(self._host(place), detail, remedy, on_key=True)

    def _doors(self, sites: Sequence[Site], platform: Mapping[str, Choice]) -> Iterator[Finding]:
        broker = platform.get("broker")
        serves = any("broker" in place.serves for place in self.made)
        closed = [site.name for site in sites if site.gateways and not site.egress]
        if serves and closed and not (broker and broker.options.get("gateways")):
            more = f" and {len(closed) - SHOWN} more" if len(closed) > SHOWN else ""
            detail = f"Nothing is said of the networks of {listed(closed[:SHOWN])}{more}."
            remedy = "Write `egress: [203.0.113.0/28]` for each site, or the broker's `gateways` for all."
            yield NO_EGRESS.at((*self.path, "hosts"), detail, remedy, on_key=True)
        runtime = platform.get("runtime")
        if self.made and not (runtime and runtime.options.get("operators")):
            detail = "Nothing is said of the networks from which the hub's machines are operated."
            remedy = "Write them in the overlay: `platform: {runtime: {operators: [198.51.100.7/32]}}`."
            yield NO_OPERATORS.at((*self.path, "hosts"), detail, remedy, on_key=True)

    def _simulated(self, sites: Iterable[Site]) -> Iterator[Finding]:
        simulate, hosts = self.environment.simulate, self.environment.hosts
        for device in (device for site in sites for device in site.devices):
            if not simulate.covers(address.device(device.site, device.name)):
                continue
            remedy = "Leave it out of `simulate` with a list of the other devices, or `remove` it here."
            place = hosts.get(f"{device.site}/{device.gateway}")
            if _is_serial(device):
                detail = f"`{device.site}/{device.name}` hangs on the serial line {device.endpoint}."
                yield SERIAL.at((*self.path, "simulate"), detail, remedy, on_key=True)
            elif place is not None and not place.stack:
                detail = f"`{device.site}/{device.name}` is read by `{place.name}`, which is another machine."
                yield AWAY.at((*self.path, "simulate"), detail, remedy, on_key=True)

    def _logins(self) -> Iterator[Finding]:
        for place in self.made:
            for key in OF_LOGINS:
                if key in self.data.get("hosts", {}).get(place.name, {}):
                    detail = f"`{place.name}` is made by the cloud, and `{key}` is told of its login."
                    yield LOGIN.at((*self._host(place), key), detail, f"Remove `{key}`.", on_key=True)

    def _host(self, place: HostPlace) -> Path:
        return (*self.path, "hosts", place.name)

    def _role(self, role: str) -> Path:
        if role in self.data.get("overlay", {}).get("platform", {}):
            return (*self.path, "overlay", "platform", role, "engine")
        return self.path


def _is_serial(device: Device) -> bool:
    return isinstance(device.settings, ModbusDevice) and device.settings.framing == "rtu"
