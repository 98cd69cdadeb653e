"""Uplinks: whether a site's line carries what its gateways send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from aiotctl.diagnostics import Severity
from aiotctl.findings import Finding, Kind
from aiotctl.model.blueprint import Pipeline, PointType, ValueType, Window
from aiotctl.model.deployment import Deployment
from aiotctl.rules.rule import Rule

SMALL = Kind(
    "uplink-too-small",
    "An uplink too small for what its site sends",
    "The gateways would fall behind for good: buffers fill, and values are lost. Every value is counted "
    "as if it passed "
    "filters and deadbands, at 120 bytes with the overhead of its message.",
)
TIGHT = Kind(
    "uplink-tight",
    "An uplink that is nearly full",
    "After an outage the buffered values have to catch up beside the fresh ones; with more than 70 % in "
    "use that takes "
    "long.",
    Severity.WARNING,
)
BITS_PER_VALUE = 120 * 8
"""A value in a batch of line protocol (about 90 bytes) with its share of MQTT, TCP and TLS."""

TIGHT_SHARE = 0.7
_NUMBERS = frozenset({ValueType.INTEGER, ValueType.DECIMAL, ValueType.FLOAT})


def values_per_second(deployment: Deployment) -> dict[str, float]:
    """For each device type the most values that one device makes its gateway send."""
    rates: dict[str, float] = {}
    for name, kind in deployment.device_types.items():
        pipelines = [one for one in deployment.pipelines.values() if name in one.device_types]
        rates[name] = sum(_rate(point, pipelines) for point in kind.points)
    return rates


def _rate(point: PointType, pipelines: list[Pipeline]) -> float:
    rate = 1000 / point.every_ms if point.store else 0.0
    for pipeline in pipelines:
        fits = point.name in pipeline.points if pipeline.points else point.type in _NUMBERS and not point.enum
        if fits:
            window = next((step for step in pipeline.steps if isinstance(step, Window)), None)
            rate += len(window.aggregates) * 1000 / window.every_ms if window else 1000 / point.every_ms
    return rate


def whole(deployment: Deployment) -> Iterator[Finding]:
    """Findings about the uplinks of all sites that have one."""
    rates = values_per_second(deployment)
    for site in deployment.sites.values():
        if site.uplink_bps is None:
            continue
        counts = Counter([device.type for device in site.devices])
        sent = BITS_PER_VALUE * sum(rates[kind] * count for kind, count in counts.items())
        if sent > TIGHT_SHARE * site.uplink_bps:
            kind = SMALL if sent > site.uplink_bps else TIGHT
            detail = (
                f"The site sends up to {rate(sent)} of the {rate(site.uplink_bps)} that its uplink carries."
            )
            remedy = "Read less often, store less raw values (`store: false`), or aggregate in windows."
            yield kind.at(("sites", site.name, "uplink"), detail, remedy)


def rate(bits: float) -> str:
    """A rate for people."""
    for size, unit in ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s")):
        if bits >= size:
            return f"{bits / size:.3g} {unit}"
    return f"{bits:.3g} bit/s"


RULE = Rule(kinds=(SMALL, TIGHT), whole=whole)
