"""The register map of one device: which entries exist, and what they hold at a moment."""

from __future__ import annotations

from aiotctl.catalog.protocols.modbus import wire
from aiotctl.catalog.protocols.modbus.read import MOST_REGISTERS, ModbusRead, ModbusType, Table, WireType
from aiotctl.model.blueprint import DeviceType
from aiotctl.simulators.device import SimulatedDevice
from aiotctl.simulators.modbus.points import Entry, exponents, modbus_read

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE, NO_ANSWER = 1, 2, 3, 4, 11
"""Exception codes of the MODBUS Application Protocol V1.1b3, section 7."""


class ModbusReplyError(Exception):
    """The device answers with an exception."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


class Image:
    """What a device answers to a read. Entries that no point declares do not exist, unless the type may be
    read over gaps: then they hold 0 from the first declared entry of a table to the last.
    """

    def __init__(self, device: SimulatedDevice) -> None:
        self.device = device
        settings = device.kind.settings
        self._gaps = isinstance(settings, ModbusType) and settings.read_gaps
        self.answer_s = (settings.answer_ms if isinstance(settings, ModbusType) else 0) / 1000
        self._most = settings.request_registers if isinstance(settings, ModbusType) else MOST_REGISTERS
        self.connections = settings.connections if isinstance(settings, ModbusType) else 0
        self._scales = _scale_words(device.kind)
        self._points: dict[Table, dict[int, list[str]]] = {}
        for point in device.kind.points:
            read = modbus_read(point)
            entries = self._points.setdefault(read.table, {})
            for address in range(read.address, read.address + wire.length(read)):
                entries.setdefault(address, []).append(point.name)
        for table, address in self._scales:
            self._points.setdefault(table, {}).setdefault(address, [])

    def read(self, table: Table, start: int, count: int, now: float) -> list[int]:
        """The entries from ``start``, bits as 0 and 1; raises `ModbusReplyError` as the device would."""
        if count > self._most and not table.has_bits:
            raise ModbusReplyError(ILLEGAL_VALUE)
        entries = self._points.get(table, {})
        asked = range(start, start + count)
        if not self._exist(entries, asked):
            raise ModbusReplyError(ILLEGAL_ADDRESS)
        names = dict.fromkeys(name for address in asked for name in entries.get(address, ()))
        if self.device.failing in names:
            raise ModbusReplyError(DEVICE_FAILURE)
        values = dict.fromkeys(asked, 0)
        for address in asked:
            values[address] = self._scales.get((table, address), 0)
        for name in names:
            self._place(name, values, now)
        return list(values.values())

    def _exist(self, entries: dict[int, list[str]], asked: range) -> bool:
        if self._gaps and entries:
            return min(entries) <= asked.start and asked.stop - 1 <= max(entries)
        return all(address in entries for address in asked)

    def _place(self, name: str, values: dict[int, int], now: float) -> None:
        read = modbus_read(self.device.points[name].point)
        if read.table.has_bits:
            values[read.address] = int(bool(self._raw(name, now)))
            return
        words, mask = self._encoded(read, self._raw(name, now))
        for address, word in enumerate(words, read.address):
            if address in values:
                values[address] = values[address] & ~mask | word & mask

    def _raw(self, name: str, now: float) -> int | float | str | bool:
        count = self.device.count(name)
        return self.device.raw(name, now) if count is None else count

    def _encoded(self, read: ModbusRead, raw: int | float | str | bool) -> tuple[list[int], int]:
        words, mask = wire.encode(read, raw)
        if "wrong_type" in self.device.faults and read.type is not WireType.BIT:
            swapped = [(word & 0xFF) << 8 | word >> 8 for word in words]
            return (words[::-1] if len(words) > 1 else swapped), mask
        return words, mask


def _scale_words(kind: DeviceType) -> dict[Entry, int]:
    """What the scale registers hold, in the byte order of the points that they scale."""
    words: dict[Entry, int] = {}
    for entry, exponent in exponents(kind).items():
        scaled = next(p for p in kind.points if modbus_read(p).scale_register == entry)
        own = ModbusRead(*entry, WireType.INT16, byte_order=modbus_read(scaled).byte_order)
        (words[entry],) = wire.encode(own, exponent)[0]
    return words
