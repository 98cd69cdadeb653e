"""Reads sites: their gateways and devices. Built for tens of thousands of sites, so what devices share is
read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from ipaddress import ip_network
from typing import Any

from aiotctl.catalog.protocol import Protocol, protocols
from aiotctl.findings import Path, listed, nearest
from aiotctl.model.blueprint import Device, DeviceSettings, DeviceType, Gateway, Site
from aiotctl.pipeline.language.broken import Ledger
from aiotctl.pipeline.language.data import mapping_of
from aiotctl.pipeline.language.reference import (
    BAD_ENDPOINT,
    EGRESS,
    NO_GATEWAY,
    TIMEZONE,
    UNKNOWN_REFERENCE,
    WRONG_KEY,
)
from aiotctl.pipeline.language.wording import veiled
from aiotctl.quantities import rate_bps

_COMMON = frozenset({"type", "gateway", "endpoint"})


class DeviceReader:
    """Reads devices one by one. ``declared`` are the names of all device types, broken ones too."""

    def __init__(self, types: Mapping[str, DeviceType], declared: Mapping[str, Any], ledger: Ledger) -> None:
        self.types = types
        self.declared = declared
        self.ledger = ledger
        self.protocols = protocols()
        self.settings: dict[Any, DeviceSettings | None] = {}

    def settings_of(self, kind: DeviceType, data: Mapping[str, Any], path: Path) -> DeviceSettings | None:
        """The settings of a device, from its keys other than type, gateway and endpoint."""
        if data.keys() <= _COMMON:
            memo: Any = kind.protocol
        else:
            memo = (kind.protocol, *((key, value) for key, value in data.items() if key not in _COMMON))
        try:
            return self.settings[memo]
        except KeyError:
            made, sound = self._read(kind, data, path)
            if sound:
                self.settings[memo] = made
            return made
        except TypeError:  # a mapping among the values
            return self._read(kind, data, path)[0]

    def _read(
        self, kind: DeviceType, data: Mapping[str, Any], path: Path
    ) -> tuple[DeviceSettings | None, bool]:
        protocol = self.protocols[kind.protocol]
        known = protocol.device[kind.protocol]
        own = {key: value for key, value in data.items() if key not in _COMMON}
        foreign = [key for key in own if key not in known]
        for key in foreign:
            detail = f"`{kind.name}` speaks {kind.protocol}, which has no `{key}`.{nearest(key, known)}"
            self.ledger.add(
                WRONG_KEY.at(
                    (*path, key),
                    detail,
                    f"Known for {kind.protocol}: {listed(known)}.",
                    on_key=True,
                )
            )
            del own[key]
        before = len(self.ledger.findings)
        made = protocol.read_device(kind.protocol, own, path, self.ledger.add)
        return made, not foreign and len(self.ledger.findings) == before

    def endpoint(self, kind: DeviceType, written: str | None, path: Path) -> str | None:
        """The endpoint in full."""
        protocol = self.protocols[kind.protocol]
        if written:
            full = protocol.read_endpoint(kind.protocol, written)
            if full is not None:
                return full
        elif not protocol.endpoint_needed[kind.protocol]:
            return None
        self._bad_endpoint(kind, protocol, written, path)
        return None

    def _bad_endpoint(self, kind: DeviceType, protocol: Protocol, written: str | None, path: Path) -> None:
        form = protocol.endpoint_form[kind.protocol]
        detail = (
            f"{veiled(written)!r} is no endpoint of {kind.protocol}."
            if written
            else f"A device that speaks {kind.protocol} needs an endpoint."
        )
        at = (*path, "endpoint") if written else path
        self.ledger.add(
            BAD_ENDPOINT.at(at, detail, f'Write it like `endpoint: "{form}"`.', on_key=not written)
        )

    def unknown_type(self, name: str, path: Path) -> None:
        """Tells that a type is not declared, unless it is and its own findings are told already."""
        if name not in self.declared and self.ledger.whole("device_types"):
            detail = f"There is no device type `{name}`.{nearest(name, self.declared)}"
            remedy = f"Declared are {listed(self.declared)}."
            self.ledger.add(UNKNOWN_REFERENCE.at((*path, "type"), detail, remedy))


def read_sites(section: Mapping[str, Any], reader: DeviceReader) -> dict[str, Site]:
    """All sites that were written as YAML."""
    sites: dict[str, Site] = {}
    for name, data in section.items():
        sites[name] = read_site(name, mapping_of(data), reader)
    return sites


def read_site(name: str, data: Mapping[str, Any], reader: DeviceReader) -> Site:
    """One site; a device with findings is left out of it."""
    ledger = reader.ledger
    unsound = bool(ledger.findings) and ledger.broken(("sites", name))
    written = mapping_of(data.get("gateways"))
    gateways: dict[str, Gateway] = {}
    for gateway, own in written.items():
        if not (unsound and ledger.broken(("sites", name, "gateways", gateway))):
            labels = tuple(sorted(own["labels"].items())) if "labels" in own else ()
            gateways[gateway] = Gateway(name, gateway, own.get("arch", "amd64"), labels)
    devices = mapping_of(data.get("devices"))
    return Site(
        name,
        _timezone(data, name, unsound, ledger),
        _uplink(data, name, unsound, ledger),
        tuple(gateways.values()),
        _devices(name, devices, written, reader, unsound),
        _egress(data, name, unsound, ledger),
    )


def _devices(
    site: str, section: Mapping[str, Any], gateways: Mapping[str, Any], reader: DeviceReader, unsound: bool
) -> tuple[Device, ...]:
    only = next(iter(gateways)) if len(gateways) == 1 else None
    types = reader.types
    made: list[Device] = []
    for name, data in section.items():
        path = ("sites", site, "devices", name)
        if unsound and reader.ledger.broken(path):
            continue
        kind = types.get(data["type"])
        gateway = data.get("gateway", only)
        if gateway not in gateways:
            _no_gateway(gateway, gateways, path, reader.ledger)
        if kind is None:
            reader.unknown_type(data["type"], path)
            continue
        endpoint = reader.endpoint(kind, data.get("endpoint"), path)
        settings = reader.settings_of(kind, data, path)
        made.append(Device(site, name, kind.name, gateway or "", endpoint, settings))
    return tuple(made)


def _no_gateway(name: str | None, gateways: Mapping[str, Any], path: Path, ledger: Ledger) -> None:
    if not ledger.whole("sites", str(path[1])):
        return
    if name is None:
        detail = "The site has several gateways." if gateways else "The site has no gateway."
        remedy = (
            f"Write `gateway:` with one of {listed(gateways)}."
            if gateways
            else "Declare one under `gateways:`."
        )
        ledger.add(NO_GATEWAY.at(path, detail, remedy, on_key=True))
        return
    detail = f"The site has no gateway `{name}`.{nearest(name, gateways)}"
    ledger.add(UNKNOWN_REFERENCE.at((*path, "gateway"), detail, f"Declared are {listed(gateways)}."))


def _timezone(data: Mapping[str, Any], site: str, unsound: bool, ledger: Ledger) -> str:
    name = data.get("timezone", "UTC")
    if unsound and ledger.broken(("sites", site, "timezone")):
        return "UTC"
    if not is_timezone(name):
        detail = f"`{name}` is no time zone of the IANA database."
        ledger.add(
            TIMEZONE.at(("sites", site, "timezone"), detail, "Write for example `Europe/Berlin` or `UTC`.")
        )
    return name


@cache
def is_timezone(name: str) -> bool:
    """Whether the IANA database has this time zone; true where this machine has no such database."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        try:
            ZoneInfo("Europe/Berlin")
        except (ZoneInfoNotFoundError, OSError):
            return True
        return False
    return True


def _uplink(data: Mapping[str, Any], site: str, unsound: bool, ledger: Ledger) -> int | None:
    if "uplink" not in data or (unsound and ledger.broken(("sites", site, "uplink"))):
        return None
    return _rate(data["uplink"])


def network(written: str) -> str | None:
    """A network as it is told from others; None for what is none."""
    try:
        return str(ip_network(written, strict=False))
    except ValueError:
        return None


def _egress(data: Mapping[str, Any], site: str, unsound: bool, ledger: Ledger) -> tuple[str, ...]:
    if "egress" not in data or (unsound and ledger.broken(("sites", site, "egress"))):
        return ()
    sound: list[str] = []
    for number, written in enumerate(data["egress"]):
        found = network(written)
        if found:
            sound.append(found)
        else:
            remedy = "Write an address and the length of its prefix: `203.0.113.0/28`, `2001:db8::/56`."
            ledger.add(EGRESS.at(("sites", site, "egress", number), f"`{written}` is no network.", remedy))
    return tuple(dict.fromkeys(sound))


@cache
def _rate(text: str) -> int | None:
    return rate_bps(text)
