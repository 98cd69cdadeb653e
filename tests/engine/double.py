"""Doubles of what the engine drives: backends that remember what they were told, and surroundings without a
machine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from aiotctl.diagnostics import Diagnostic
from aiotctl.engine.protocols import BoundUnit
from aiotctl.model.blueprint import HostPlace, Json
from aiotctl.model.bundle import Bundle, Part, Unit
from aiotctl.model.events import Event, UnitDone, UnitFailed
from aiotctl.model.plan import Drift
from aiotctl.model.primitives import ConfigFile, Host, Port, Quoting, Ref, SecretRef, Service
from aiotctl.pipeline import facts


@dataclass
class RecordingBackend:
    """Remembers the units it ran, in order; fails those it is told to, and may stop the world in the
    middle.
    """

    fails: frozenset[str] = frozenset()
    unreachable: frozenset[str] = frozenset()
    ran: list[BoundUnit] = field(default_factory=list)
    before: Callable[[BoundUnit], None] = lambda unit: None

    def observe(self, batch: Sequence[BoundUnit]) -> Mapping[str, tuple[Drift, ...]]:
        return {}

    def run(self, batch: Sequence[BoundUnit], cancelled: Callable[[], bool]) -> Iterator[Event]:
        for unit in batch:
            self.before(unit)
            self.ran.append(unit)
            if unit.address in self.fails | self.unreachable:
                broken = Diagnostic("broken", "It broke", "It was told to.", "Do not tell it.")
                yield UnitFailed(unit.address, broken, unreachable=unit.address in self.unreachable)
            else:
                yield UnitDone(unit.address, (("service x", "start"),), 0.0)

    @property
    def order(self) -> list[str]:
        return [unit.address for unit in self.ran]


@dataclass
class ToldHealth:
    """Calls those hosts unwell that it is told to, and remembers which it was asked about."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def unwell(self, addresses: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(tuple(addresses))
        return {address: self.reasons[address] for address in addresses if address in self.reasons}


@dataclass
class FixedSurroundings:
    """Gives each port its preferred number."""

    prepared: list[str] = field(default_factory=list)
    reasons: Mapping[str, Diagnostic] = field(default_factory=dict)

    def prepare(self, hosts: Sequence[Host], tell: Callable[[Event], None]) -> None:
        self.prepared += [host.address for host in hosts]

    def ports(self, hosts: Sequence[Host], known: Mapping[str, str]) -> Mapping[str, str]:
        wanted = {
            f"{host.address}/service/{service.name}#{port.name}.port": str(port.preferred)
            for host in hosts
            for service in host.services
            for port in service.ports
        }
        return {key: known.get(key, value) for key, value in wanted.items()}

    def places(self, host: Host) -> Mapping[str, str]:
        return {f"{host.address}#root": f"/srv/{host.address}"}

    def login(self, place: HostPlace) -> HostPlace:
        return replace(place, key="/keys/login", known_hosts="/keys/known")

    def unready(self, hosts: Sequence[Host]) -> Mapping[str, Diagnostic]:
        return {host.address: self.reasons[host.address] for host in hosts if host.address in self.reasons}


@dataclass
class CountingVault:
    """Gives each secret a value made of its name, and one that a person changed another one."""

    asked: list[str] = field(default_factory=list)
    changed: frozenset[str] = frozenset()

    def values(self, names: Sequence[str]) -> Mapping[str, str]:
        self.asked += names
        return {name: f"{self._age(name)}value of {name}" for name in names}

    def fingerprints(self, names: Collection[str]) -> Mapping[str, str]:
        return {name: f"hmac:{self._age(name)}{name}" for name in names}

    def put(self, name: str, value: str) -> None:
        self.changed |= {name}

    def _age(self, name: str) -> str:
        return "new " if name in self.changed else ""


def bundle(
    deadband: str = "0.2 bar", gateways: Sequence[str] = ("a/gw", "b/gw"), arch: str = "amd64"
) -> Bundle:
    """A hub with a broker, and gateways that dial it and share one pipeline."""
    part = _part("pipeline/p", {"deadband": deadband})
    hub = Host(
        "host/hub", None, (), (), (), (Service("nats", "nats", (("nats",),), ports=(Port("mqtt", 1883),)),)
    )
    hosts: dict[str, tuple[Host, Json]] = {"host/hub": (hub, {"gateways": len(gateways)})}
    for name in gateways:
        hosts[f"host/{name}"] = (_gateway(name, deadband), {"arch": arch})
    units = {address: _unit(address, own, part) for address, (_, own) in hosts.items()}
    return Bundle(
        "shop",
        "laptop",
        "0",
        {part.address: part},
        units,
        own_facts=lambda address: hosts[address][1],
        render=lambda address: hosts[address][0],
        collected=lambda _: ((), ()),
    )


def _gateway(name: str, deadband: str) -> Host:
    broker = Ref("host/hub/service/nats", "mqtt.port", Quoting.RAW)
    content = (
        "port = ",
        broker,
        f'\ndeadband = "{deadband}"\npassword = ',
        SecretRef(f"broker/{name}", Quoting.TOML),
    )
    service = Service("telegraf", "telegraf", (("telegraf",),), files=("etc/t.conf",))
    return Host(f"host/{name}", None, (), (), (ConfigFile("etc/t.conf", content),), (service,))


def _unit(address: str, own: Json, part: Part) -> Unit:
    digest = facts.digest([own, part.digest])
    needs = () if address == "host/hub" else ("host/hub",)
    site = address.split("/")[1] if address != "host/hub" else ""
    return Unit(address, "host", digest, (part.address,), facts.digest(own), needs, site)


def _part(address: str, content: Json) -> Part:
    return Part(address, content, facts.digest(content))
