"""Windows and silences: long enough for the values that come."""

from __future__ import annotations

from collections.abc import Iterator

from aiotctl.diagnostics import Severity
from aiotctl.findings import Finding, Kind
from aiotctl.model.blueprint import Deadband, Pipeline, PointType, ValueType, Window
from aiotctl.model.deployment import Deployment
from aiotctl.quantities import duration_text
from aiotctl.rules.rule import Rule

SHORT = Kind(
    "window-too-short",
    "A window shorter than the interval of its values",
    "Most windows would be empty, and an aggregate of one value is that value.",
)
SILENCE = Kind(
    "silence-too-short",
    "A silence shorter than the interval of its values",
    "`at_least_every` lets a value pass after a silence; where it is shorter than the interval every "
    "value passes, and "
    "the deadband does nothing.",
)
SINK = Kind(
    "sink-missing",
    "A pipeline into a sink that is not there",
    "The environment has no engine for the sink, so that the results would go nowhere.",
)
IDLE = Kind(
    "pipeline-idle",
    "A pipeline that no value reaches",
    "No point of its device types fits: without `points` a pipeline takes the numbers, and leaves out "
    "states and texts.",
    Severity.WARNING,
)
_NUMBERS = frozenset({ValueType.INTEGER, ValueType.DECIMAL, ValueType.FLOAT})


def whole(deployment: Deployment) -> Iterator[Finding]:
    """Findings about the pipelines of a deployment."""
    for pipeline in deployment.pipelines.values():
        points = list(taken(deployment, pipeline))
        yield from _steps(pipeline, points)
        if not points:
            detail = "None of its device types has a number that it could take."
            yield IDLE.at(("pipelines", pipeline.name), detail, "Name the points it shall take.", on_key=True)
        for number, sink in enumerate(pipeline.sinks):
            if sink not in deployment.platform:
                detail = f"The environment `{deployment.environment.name}` has no `{sink}`."
                remedy = "Remove the sink there by an overlay, or keep the engine."
                yield SINK.at(("pipelines", pipeline.name, "sinks", number), detail, remedy)


def taken(deployment: Deployment, pipeline: Pipeline) -> Iterator[PointType]:
    """The points that feed a pipeline."""
    for name in pipeline.device_types:
        kind = deployment.device_types.get(name)
        for point in kind.points if kind else ():
            wanted = (
                point.name in pipeline.points
                if pipeline.points
                else point.type in _NUMBERS and not point.enum
            )
            if wanted:
                yield point


def _steps(pipeline: Pipeline, points: list[PointType]) -> Iterator[Finding]:
    slowest = max(points, key=lambda point: point.every_ms, default=None)
    for number, step in enumerate(pipeline.steps):
        path = ("pipelines", pipeline.name, "steps", number)
        if isinstance(step, Window) and slowest is not None and step.every_ms < slowest.every_ms:
            detail = f"`{slowest.name}` comes every {duration_text(slowest.every_ms)}."
            remedy = "Lengthen the window, or leave the point out of the pipeline."
            yield SHORT.at((*path, "window", "every"), detail, remedy)
        if isinstance(step, Deadband):
            banded = {name for name, _, _ in step.points}
            slow = [p for p in points if p.name in banded and p.every_ms >= step.at_least_every_ms]
            if slow:
                detail = f"`{slow[0].name}` comes every {duration_text(slow[0].every_ms)}."
                remedy = "Lengthen `at_least_every`; ten intervals or more make a deadband worth it."
                yield SILENCE.at((*path, "deadband", "at_least_every"), detail, remedy)


RULE = Rule(kinds=(SHORT, SILENCE, SINK, IDLE), whole=whole)
