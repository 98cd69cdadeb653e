"""Lines: whether a device, or a line that several share, has the time for what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from aiotctl.catalog.protocols.modbus.read import MOST_REGISTERS, ModbusDevice, ModbusRead, ModbusType, Table
from aiotctl.findings import Finding, Kind, Path
from aiotctl.model.blueprint import Device, DeviceType, PointType, Site
from aiotctl.quantities import duration_text
from aiotctl.rules.rule import Rule, Types

OVERLOADED = Kind(
    "line-overloaded",
    "Intervals that the line cannot carry",
    "Each request takes the device's answer time, and a serial line the time of its characters. Where all "
    "of them take "
    "longer than the interval, readings are skipped without an error.",
)
SHARE = 0.9
"""Part of a line's time that may be planned; the rest is for retries and for other masters."""

CONNECT_MS = 3
"""Opening a connection, once for each interval."""

FRAME_BYTES = 17
"""Address, function, byte count and check sums of a request and its reply, and the silence around them."""

BITS_PER_BYTE = 11
"""Start, eight data bits, parity or a second stop bit, stop (Modbus over Serial Line V1.02, section
2.5.1)."""

FILL = 50
"""Undefined registers read over in one request, where the type allows it."""

MOST_BITS = 2000
"""Coils or discrete inputs in one request (MODBUS Application Protocol V1.1b3, section 6.1)."""


def requests(
    points: Iterable[PointType], read_gaps: bool, registers: int = MOST_REGISTERS
) -> tuple[int, int]:
    """Requests for points that are read together, with what is adjacent in one, and the registers in them."""
    entries: set[tuple[Table, int]] = set()
    for point in points:
        read = point.read
        if isinstance(read, ModbusRead):
            entries.update((read.table, n) for n in range(read.address, read.address + read.registers))
            if read.scale_register is not None:
                entries.add(read.scale_register)
    gap = FILL if read_gaps else 0
    count, start, last = 0, -1, (Table.COIL, -1)
    for table, entry in sorted(entries):
        most = MOST_BITS if table.has_bits else registers
        apart = table is not last[0] or entry > last[1] + 1 + gap or entry - start >= most
        if apart or not count:
            count, start = count + 1, entry
        last = (table, entry)
    return count, len(entries)


class Load:
    """How much of a line one device takes, interval by interval."""

    def __init__(self, kind: DeviceType, device: ModbusDevice) -> None:
        settings = kind.settings if isinstance(kind.settings, ModbusType) else ModbusType()
        by_interval: dict[int, list[PointType]] = {}
        for point in kind.points:
            by_interval.setdefault(point.every_ms, []).append(point)
        self.share = 0.0
        self.parts: list[tuple[float, int, int]] = []
        for every, points in by_interval.items():
            count, registers = requests(points, settings.read_gaps, settings.request_registers)
            wire = 0.0
            if device.framing == "rtu":
                wire = (FRAME_BYTES * count + 2 * registers) * BITS_PER_BYTE * 1000 / device.baud
            busy = CONNECT_MS + count * settings.answer_ms + wire
            self.share += busy / every
            self.parts.append((busy, count, every))

    def words(self) -> str:
        """The parts in words, the heaviest first."""
        heaviest = sorted(self.parts, key=lambda part: part[2] / part[0])[:3]
        return ", ".join(
            f"{count} request{'s' if count != 1 else ''} every {duration_text(every)} take {busy:.0f} ms"
            for busy, count, every in heaviest
        )


@lru_cache(maxsize=4096)
def load(kind: DeviceType, device: ModbusDevice) -> Load:
    """The load of a device of this type with these settings."""
    return Load(kind, device)


def of_type(kind: DeviceType) -> Iterator[Finding]:
    """Findings about types of which not even one device has the time; told once, and not for every device."""
    if not kind.protocol.startswith("modbus"):
        return
    alone = load(kind, ModbusDevice())
    if alone.share > SHARE:
        fastest = min(kind.points, key=lambda point: point.every_ms)
        path: Path = ("device_types", kind.name, "points", fastest.name, "every")
        detail = f"One device is busy {alone.share:.0%} of the time: {alone.words()}."
        yield OVERLOADED.at(path, detail, REMEDY, related=((("device_types", kind.name), "the device type"),))


REMEDY = "Read less often, put points side by side in the registers, or correct `answer_time`."


def of_site(site: Site, types: Types) -> Iterator[Finding]:
    """Findings about lines of a site: endpoints that devices share, and serial lines."""
    lines: dict[tuple[str, str], list[Device]] = {}
    for device in site.devices:
        if type(device.settings) is ModbusDevice and device.endpoint is not None:
            lines.setdefault((device.gateway, device.endpoint), []).append(device)
    for (_, endpoint), devices in lines.items():
        if len(devices) > 1 or endpoint.startswith("serial:"):
            yield from _line(devices, endpoint, types)


def _line(devices: list[Device], endpoint: str, types: Types) -> Iterator[Finding]:
    loads: list[tuple[Device, Load]] = []
    for device in devices:
        if isinstance(device.settings, ModbusDevice):
            if load(types[device.type], ModbusDevice()).share > SHARE:
                return  # told of the type
            loads.append((device, load(types[device.type], device.settings)))
    total = sum(one.share for _, one in loads)
    if total > SHARE:
        heaviest, most = max(loads, key=lambda one: one[1].share)
        detail = (
            f"`{endpoint}` is busy {total:.0%} of the time with {len(loads)} "
            f"device{'s' if len(loads) > 1 else ''}; `{heaviest.name}` alone: {most.words()}."
        )
        related = [(("sites", one.site, "devices", one.name), f"`{one.name}`") for one, _ in loads[1:5]]
        first = loads[0][0]
        path = ("sites", first.site, "devices", first.name, "endpoint")
        yield OVERLOADED.at(path, detail, REMEDY, related=related)


RULE = Rule(kinds=(OVERLOADED,), of_type=of_type, of_site=of_site)
