"""Which series a device has: one raw series a stored point, and one for each pipeline (and aggregate) it
feeds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal

from aiotctl.model import address
from aiotctl.model.blueprint import (
    Convert,
    Deadband,
    Device,
    DeviceType,
    Filter,
    Pipeline,
    PointType,
    Scale,
    ValueType,
    Window,
)
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Series

MISSED_CYCLES = 3
"""A polled value counts as silent after this many intervals: one may be lost to a retry, two to a restart."""

NUMERIC = frozenset({ValueType.INTEGER, ValueType.DECIMAL, ValueType.FLOAT})


def series_of_device(deployment: Deployment, device: Device) -> Iterator[Series]:
    """All series of one device, points in their declared order, raw first."""
    kind = deployment.device_types[device.type]
    pipelines = [p for p in deployment.pipelines.values() if device.type in p.device_types]
    for point in kind.points:
        if point.store:
            yield _raw(deployment, device, point)
        for pipeline in pipelines:
            if takes(pipeline, point):
                yield from _piped(deployment, device, kind, point, pipeline)


def takes(pipeline: Pipeline, point: PointType) -> bool:
    """Whether the pipeline has this point: those it names, or else all numeric ones."""
    return point.name in pipeline.points if pipeline.points else point.type in NUMERIC and not point.enum


def _raw(deployment: Deployment, device: Device, point: PointType) -> Series:
    silence = 0 if point.read.on_change else MISSED_CYCLES * point.every_ms
    lake = "lake" in deployment.platform
    return _series(
        deployment.identities, device, point, "", "", point.type, point.unit, point.range, silence, lake
    )


def _piped(
    deployment: Deployment, device: Device, kind: DeviceType, point: PointType, pipeline: Pipeline
) -> Iterator[Series]:
    unit, value_type, bounds = after_steps(point, pipeline)
    silence = silence_after(point, pipeline)
    lake = "lake" in pipeline.sinks
    window = next((s for s in pipeline.steps if isinstance(s, Window)), None)
    for aggregate in window.aggregates if window else ("",):
        yield _series(
            deployment.identities,
            device,
            point,
            pipeline.name,
            aggregate,
            aggregated_type(value_type, aggregate),
            "1" if aggregate == "count" else unit,
            bounds if aggregate in ("", "mean", "min", "max", "last") else None,
            silence,
            lake,
        )


def aggregated_type(value_type: ValueType, aggregate: str) -> ValueType:
    """The type of an aggregate of values of this type."""
    if aggregate == "count":
        return ValueType.INTEGER
    return value_type if aggregate in ("", "last") else ValueType.FLOAT


def after_steps(
    point: PointType, pipeline: Pipeline
) -> tuple[str, ValueType, tuple[Decimal, Decimal] | None]:
    """Unit, type and range of a point's value behind the pipeline's steps and before its window."""
    unit, value_type, bounds = point.unit, point.type, point.range
    for step in pipeline.steps:
        if isinstance(step, Scale):
            for name, factor, offset in step.points:
                if name == point.name:
                    value_type, bounds = ValueType.FLOAT, _moved_range(bounds, factor, offset)
        elif isinstance(step, Convert):
            for name, target, factor, offset in step.points:
                if name == point.name:
                    unit, value_type, bounds = target, ValueType.FLOAT, _moved_range(bounds, factor, offset)
    return unit, value_type, bounds


def silence_after(point: PointType, pipeline: Pipeline) -> int:
    """Longest expected silence in ms behind the pipeline; 0 where a filter or a subscription makes any
    silence possible.
    """
    if point.read.on_change or any(isinstance(step, Filter) for step in pipeline.steps):
        return 0
    silence = MISSED_CYCLES * point.every_ms
    for step in pipeline.steps:
        if isinstance(step, Deadband) and any(name == point.name for name, _, _ in step.points):
            silence = step.at_least_every_ms + MISSED_CYCLES * point.every_ms
        elif isinstance(step, Window):
            silence = max(silence, step.every_ms) + 2 * step.every_ms
    return silence


def _moved_range(
    bounds: tuple[Decimal, Decimal] | None, factor: Decimal, offset: Decimal
) -> tuple[Decimal, Decimal] | None:
    if bounds is None:
        return None
    low, high = bounds[0] * factor + offset, bounds[1] * factor + offset
    return (low, high) if low <= high else (high, low)


def _series(
    identities: Mapping[str, str],
    device: Device,
    point: PointType,
    pipeline: str,
    aggregate: str,
    value_type: ValueType,
    unit: str,
    bounds: tuple[Decimal, Decimal] | None,
    silence: int,
    lake: bool,
) -> Series:
    where = address.device(device.site, device.name)
    here = f"{where}/point/{point.name}"
    first = identities.get(here) or f"{identities.get(where, where)}/point/{point.name}"
    suffix = "".join(f"/{word}" for word in (pipeline and f"pipeline/{pipeline}", aggregate) if word)
    return Series(
        series_id(first + suffix, value_type),
        here + suffix,
        device.site,
        device.gateway,
        device.name,
        device.type,
        point.name,
        pipeline,
        aggregate,
        value_type,
        unit,
        bounds,
        silence,
        point.enum if not pipeline else (),
        lake,
    )


def series_id(first_address: str, value_type: ValueType) -> int:
    """A positive 63-bit id that stays with the series for life. The type is part of it: another type,
    another series.
    """
    digest = hashlib.sha256(f"{first_address}#{value_type}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
