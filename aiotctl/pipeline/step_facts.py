"""A pipeline as facts in the blueprint's words: ``steps, 0, deadband, pressure: 0.2 bar``.

Quantities stand as they were written. What they come to in a point's own unit follows from the device types,
which are facts of the same units.
"""

from __future__ import annotations

from decimal import Decimal

from aiotctl.model.blueprint import Convert, Deadband, Filter, Json, Pipeline, Scale, Step, Window
from aiotctl.pipeline.facts import tree


def pipeline_facts(pipeline: Pipeline) -> Json:
    """All that a pipeline says."""
    return {
        "device_types": tree(pipeline.device_types),
        "points": tree(pipeline.points),
        "steps": [_step(step) for step in pipeline.steps],
        "sinks": tree(pipeline.sinks),
    }


def _step(step: Step) -> Json:
    match step:
        case Filter(conditions):
            return {"filter": {one.point: f"{one.op} {one.value}" for one in conditions}}
        case Scale(points):
            return {"scale": {name: _linear(factor, offset) for name, factor, offset in points}}
        case Convert(points):
            return {"convert": {name: unit for name, unit, _, _ in points}}
        case Deadband(points, silence_ms):
            bands: dict[str, Json] = {name: text for name, _, text in points}
            return {"deadband": {**bands, "at_least_every": _duration(silence_ms)}}
        case Window(every_ms, aggregates):
            return {"window": {"every": _duration(every_ms), "aggregate": tree(aggregates)}}
        case _:
            return {type(step).__name__.lower(): tree(step)}


def _linear(factor: Decimal, offset: Decimal) -> Json:
    return {"factor": str(factor), "offset": str(offset)} if offset else str(factor)


def _duration(milliseconds: int) -> str:
    return f"{Decimal(milliseconds) / 1000} s"
