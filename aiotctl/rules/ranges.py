"""Ranges: what a point's type can hold after scaling."""

from __future__ import annotations

from collections.abc import Iterator

from aiotctl.catalog.protocol import protocols
from aiotctl.findings import Finding, Kind
from aiotctl.model.blueprint import DeviceType
from aiotctl.rules.rule import Rule

OUTSIDE = Kind(
    "range-outside-type",
    "A range that the type cannot reach",
    "A range says what is physically possible. Where the type on the wire, scaled, cannot hold part of "
    "it, the type, the "
    "scale or the range is wrong: a signed value read as unsigned shows as an impossible jump.",
)


def check(kind: DeviceType) -> Iterator[Finding]:
    """Findings about the ranges of a device type."""
    protocol = protocols()[kind.protocol]
    for point in kind.points:
        limits = protocol.value_limits(point.read)
        if point.range is None or limits is None:
            continue
        low, high = point.range
        if low < limits[0] or high > limits[1]:
            detail = (
                f"The range is {low} to {high}, but the type on the wire holds {limits[0]} to {limits[1]}."
            )
            remedy = "Correct `range`, `scale` or `type`; negative values need a signed type."
            yield OUTSIDE.at(("device_types", kind.name, "points", point.name, "range"), detail, remedy)


RULE = Rule(kinds=(OUTSIDE,), of_type=check)
