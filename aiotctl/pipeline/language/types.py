"""Reads device types: points with their reads, units and ranges."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from aiotctl.catalog.protocol import Limits, Protocol, protocols
from aiotctl.findings import Path
from aiotctl.model.blueprint import DeviceType, PointType, ValueType
from aiotctl.pipeline.language.broken import Ledger
from aiotctl.pipeline.language.data import mapping_of
from aiotctl.pipeline.language.reference import (
    BAD_DURATION,
    BAD_RANGE,
    BAD_UNIT,
    ENUM_TWICE,
    ENUM_TYPE,
    NO_VALUE,
    UNIT_SURPRISE,
)
from aiotctl.quantities import duration_ms
from aiotctl.units import SURPRISES, meant, unit

LONGEST_INTERVAL_MS = 86_400_000
MOST_INTEGER = 2**64
_NUMBERS = (ValueType.INTEGER, ValueType.DECIMAL, ValueType.FLOAT)


def read_types(section: dict[str, Any], ledger: Ledger) -> dict[str, DeviceType]:
    """All device types; of a broken one the points that are sound, so that its devices can be looked at."""
    known = protocols()
    types: dict[str, DeviceType] = {}
    for name, data in section.items():
        path: Path = ("device_types", name)
        protocol = known.get(str(mapping_of(data).get("protocol")))
        if protocol is not None:
            types[name] = _device_type(name, mapping_of(data), path, protocol, ledger)
    return types


def _device_type(
    name: str, data: dict[str, Any], path: Path, protocol: Protocol, ledger: Ledger
) -> DeviceType:
    points: list[PointType] = []
    for point_name, point in mapping_of(data.get("points")).items():
        where = (*path, "points", point_name)
        if not ledger.broken(where):
            made = _point(data["protocol"], point_name, point, where, protocol, ledger)
            if made is not None:
                points.append(made)
    settings = None
    if not any(ledger.broken((*path, key)) for key in protocol.type):
        settings = protocol.read_type(data["protocol"], data, path, ledger.add)
    return DeviceType(name, data["protocol"], tuple(points), settings, str(data.get("description", "")))


def _point(
    protocol_name: str, name: str, data: dict[str, Any], path: Path, protocol: Protocol, ledger: Ledger
) -> PointType | None:
    read = protocol.read_point(protocol_name, data, path, ledger.add)
    every = interval_ms(data.get("every", "1s"), (*path, "every"), ledger)
    code = _unit(data, path, ledger)
    if read is None or every is None or code is None:
        return None
    how, value_type = read
    enum = _enum(data, value_type, path, ledger)
    bounds = _range(data, value_type, path, ledger)
    return PointType(
        name=name,
        read=how,
        type=value_type,
        unit=code,
        every_ms=every,
        range=bounds,
        no_value=_no_value(data, protocol.raw_limits(how), value_type, path, ledger),
        enum=enum,
        store=bool(data.get("store", True)),
        description=str(data.get("description", "")),
    )


def interval_ms(text: str, path: Path, ledger: Ledger) -> int | None:
    """Milliseconds of an interval of reading; None after telling what is wrong with it."""
    every = duration_ms(text)
    if every is not None and 0 < every <= LONGEST_INTERVAL_MS:
        return every
    detail = f"`{text}` is no whole number of milliseconds between 1ms and 1d."
    ledger.add(BAD_DURATION.at(path, detail, "Write for example `500ms`, `1s` or `15min`."))
    return None


def _unit(data: dict[str, Any], path: Path, ledger: Ledger) -> str | None:
    code = str(data.get("unit", "1"))
    if code in SURPRISES:
        what, likely = SURPRISES[code]
        remedy = f"Write `{likely}` if that is meant."
        ledger.add(UNIT_SURPRISE.at((*path, "unit"), f"`{code}` is the code of {what}.", remedy))
    if unit(code) is not None:
        return code
    ledger.add(BAD_UNIT.at((*path, "unit"), f"`{code}` is no UCUM code.", unit_remedy(code)))
    return None


def unit_remedy(code: str) -> str:
    """How to mend a unit."""
    likely = meant(code)
    if likely:
        return f"Write `{likely}`."
    return "Write a UCUM code such as `Cel`, `bar`, `kW.h`, `mm/s`, `%`, or `1` for none."


def _enum(
    data: dict[str, Any], value_type: ValueType, path: Path, ledger: Ledger
) -> tuple[tuple[int, str], ...]:
    if "enum" not in data:
        return ()
    if value_type is not ValueType.INTEGER:
        detail = f"The value is {value_type}, and an enumeration names integers."
        ledger.add(
            ENUM_TYPE.at(
                (*path, "enum"), detail, "Give the point an integer type without scaling, or remove `enum`."
            )
        )
        return ()
    pairs = tuple((int(raw), str(word)) for raw, word in data["enum"].items())
    for index, (raw, word) in enumerate(pairs):
        if any(word == other for _, other in pairs[:index]) or any(
            raw == other for other, _ in pairs[:index]
        ):
            detail = f"`{raw}: {word}` repeats a number or a name."
            ledger.add(
                ENUM_TWICE.at((*path, "enum", str(raw)), detail, "Give every number a name of its own.")
            )
    return pairs


def _range(
    data: dict[str, Any], value_type: ValueType, path: Path, ledger: Ledger
) -> tuple[Decimal, Decimal] | None:
    if "range" not in data:
        return None
    low, high = Decimal(data["range"][0]), Decimal(data["range"][1])
    if value_type not in _NUMBERS:
        detail = f"The value is {value_type}, which has no lowest and highest."
        ledger.add(BAD_RANGE.at((*path, "range"), detail, "Remove `range`."))
        return None
    if low >= high:
        detail = f"{low} is not below {high}."
        ledger.add(BAD_RANGE.at((*path, "range"), detail, "Write the lowest value first: `[0, 400]`."))
        return None
    return low, high


def _no_value(
    data: dict[str, Any], limits: Limits | None, value_type: ValueType, path: Path, ledger: Ledger
) -> tuple[Decimal | str | float, ...]:
    """Sentinels as they come over the wire. A signed one may be written by its bits: ``0x8000`` is -32768."""
    sentinels: list[Decimal | str | float] = []
    for index, written in enumerate(data.get("no_value", ())):
        number = _sentinel(written, limits, value_type)
        if number is None:
            what = f"between {limits[0]} and {limits[1]}" if limits else str(value_type)
            detail = f"`{written}` cannot come over the wire: raw values are {what}."
            remedy = "Write the raw number before scaling, such as `0xFFFF`; `nan` is for floats."
            ledger.add(NO_VALUE.at((*path, "no_value", index), detail, remedy))
        else:
            sentinels.append(number)
    return tuple(sentinels)


def _sentinel(written: Any, limits: Limits | None, value_type: ValueType) -> Decimal | str | float | None:
    if value_type is ValueType.TEXT:
        return str(written)
    if isinstance(written, str):
        floating = limits is None or limits[1] != limits[1].to_integral_value() or limits[1] > MOST_INTEGER
        return float("nan") if written.lower() in ("nan", ".nan") and floating else None
    number = Decimal(written)
    if limits is None or limits[0] <= number <= limits[1]:
        return number
    span = limits[1] - limits[0] + 1
    by_bits = number - span
    return by_bits if limits[0] < 0 <= number and limits[0] <= by_bits <= limits[1] else None
