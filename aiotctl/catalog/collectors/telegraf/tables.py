"""The tables of the normalising script: what a point is, and which series a device's values go to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiotctl.catalog.collectors.telegraf.literal import Literal
from aiotctl.catalog.collectors.telegraf.pipelines import steps_of, watched
from aiotctl.catalog.collectors.telegraf.points import specification
from aiotctl.catalog.entry import GatewayContext
from aiotctl.model.blueprint import Device, DeviceType, Pipeline, PointType
from aiotctl.model.primitives import Series


@dataclass(frozen=True, slots=True)
class Wanted:
    """A device type as one gateway collects it.

    ``points`` are those that something is done with, ``pipelines`` for each of them the pipelines that take
    it.
    """

    kind: DeviceType
    points: tuple[PointType, ...]
    pipelines: Mapping[str, tuple[Pipeline, ...]]
    watched: frozenset[str]


def wanted(context: GatewayContext) -> dict[str, Wanted]:
    """The types of the gateway's devices, read off the series that are to be stored."""
    first = {device.type: device for device in reversed(context.devices)}
    return {
        device.type: _wanted(context, device) for device in context.devices if first[device.type] is device
    }


def _wanted(context: GatewayContext, device: Device) -> Wanted:
    kind = context.deployment.device_types[device.type]
    series = context.series[device.name]
    known = context.deployment.pipelines
    piped = {point.name: _pipelines(series, point.name, known) for point in kind.points}
    asked = watched(pipeline for each in piped.values() for pipeline in each)
    stored = {each.point for each in series} | asked
    points = tuple(point for point in kind.points if point.name in stored)
    return Wanted(kind, points, {point.name: piped[point.name] for point in points}, asked)


def _pipelines(series: Iterable[Series], point: str, known: Mapping[str, Pipeline]) -> tuple[Pipeline, ...]:
    found = dict.fromkeys(each.pipeline for each in series if each.point == point and each.pipeline)
    return tuple(known[name] for name in found)


def types_table(types: Mapping[str, Wanted], extras: Mapping[str, Mapping[str, Literal]]) -> Literal:
    """TYPES: type -> point -> specification; ``extras`` are a protocol's own words, by ``type/point``."""
    return {
        name: {
            point.name: _specification(each, point) | dict(extras.get(f"{name}/{point.name}", {}))
            for point in each.points
        }
        for name, each in types.items()
    }


def _specification(each: Wanted, point: PointType) -> dict[str, Literal]:
    spec = specification(point)
    if point.name in each.watched:
        spec["watched"] = True
    pipelines = each.pipelines[point.name]
    if pipelines:
        spec["pipelines"] = tuple(steps_of(pipeline, each.kind, point) for pipeline in pipelines)
    return spec


def devices_table(context: GatewayContext, types: Mapping[str, Wanted]) -> Literal:
    """DEVICES: device -> (type, point -> (raw series or "", for each pipeline its (aggregate, series)
    pairs)).
    """
    return {
        device.name: (device.type, _rows(types[device.type], context.series[device.name]))
        for device in context.devices
    }


def _rows(each: Wanted, series: tuple[Series, ...]) -> dict[str, Literal]:
    return {
        point.name: (
            next((str(s.id) for s in series if s.point == point.name and not s.pipeline), ""),
            tuple(
                tuple(
                    (s.aggregate, str(s.id))
                    for s in series
                    if s.point == point.name and s.pipeline == pipeline.name
                )
                for pipeline in each.pipelines[point.name]
            ),
        )
        for point in each.points
    }
