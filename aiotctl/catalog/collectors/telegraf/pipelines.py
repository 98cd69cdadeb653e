"""Pipelines as data for the normalising script: for each point of a type, the steps its values go through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from aiotctl.catalog.collectors.telegraf.literal import Literal
from aiotctl.catalog.collectors.telegraf.numbers import linear, plain
from aiotctl.errors import failure
from aiotctl.model.blueprint import (
    Condition,
    Convert,
    Deadband,
    DeviceType,
    Filter,
    Pipeline,
    PointType,
    Scale,
    Step,
    ValueType,
    Window,
)

NS_PER_MS = 1_000_000
OF_NUMBERS = frozenset({"mean", "min", "max", "sum"})


def steps_of(pipeline: Pipeline, kind: DeviceType, point: PointType) -> tuple[Literal, ...]:
    """The steps of a pipeline that concern one point, in their order."""
    return tuple(step for each in pipeline.steps for step in _lowered(each, pipeline, kind, point))


def _lowered(step: Step, pipeline: Pipeline, kind: DeviceType, point: PointType) -> Iterator[Literal]:
    if isinstance(step, Filter):
        yield ("filter", tuple(_condition(condition, kind) for condition in step.conditions))
    elif isinstance(step, Scale):
        yield from (("linear", *linear(f, o)) for name, f, o in step.points if name == point.name)
    elif isinstance(step, Convert):
        yield from (("linear", *linear(f, o)) for name, _, f, o in step.points if name == point.name)
    elif isinstance(step, Deadband):
        silence = step.at_least_every_ms * NS_PER_MS
        yield from (("deadband", plain(band), silence) for name, band, _ in step.points if name == point.name)
    elif isinstance(step, Window):
        _refuse_text(step, pipeline, point)
        yield ("window", step.every_ms * NS_PER_MS)


def _refuse_text(step: Window, pipeline: Pipeline, point: PointType) -> None:
    wrong = OF_NUMBERS & set(step.aggregates)
    if point.type is ValueType.TEXT and wrong:
        raise failure(
            "aggregate-of-text",
            "A text has no such aggregate",
            f"pipeline {pipeline.name} asks for {', '.join(sorted(wrong))} of {point.name}, which is a text",
            "ask for last or count, or leave the point out of the pipeline",
        )


def _condition(condition: Condition, kind: DeviceType) -> Literal:
    return condition.point, condition.op, _operand(condition, kind)


def _operand(condition: Condition, kind: DeviceType) -> Literal:
    """The value to compare with; the name of an enumeration's member becomes its number."""
    value = condition.value
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, str):
        point = next((p for p in kind.points if p.name == condition.point), None)
        return next((code for code, name in point.enum if name == value), value) if point else value
    return value


def watched(pipelines: Iterable[Pipeline]) -> frozenset[str]:
    """Points whose last value a filter asks for."""
    filters = (step for pipeline in pipelines for step in pipeline.steps if isinstance(step, Filter))
    return frozenset(condition.point for step in filters for condition in step.conditions)


def has_window(pipelines: Iterable[Pipeline]) -> bool:
    """Whether any pipeline has a window, and so needs a clock."""
    return any(isinstance(step, Window) for pipeline in pipelines for step in pipeline.steps)
