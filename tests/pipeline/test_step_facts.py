"""Facts of pipelines speak the blueprint's words, and differ where pipelines do."""

from dataclasses import replace
from decimal import Decimal

import pytest

from aiotctl.engine.facts_diff import differences
from aiotctl.model.blueprint import Condition, Convert, Deadband, Filter, Pipeline, Scale, Step, Window
from aiotctl.pipeline.step_facts import pipeline_facts

STEPS = (
    Filter((Condition("state", "=", Decimal(1)),)),
    Scale((("pressure", Decimal("1.02"), Decimal(0)),)),
    Convert((("pressure", "kPa", Decimal(100), Decimal(0)),)),
    Deadband((("pressure", Decimal("0.2"), "0.2 bar"),), 60_000),
    Window(10_000, ("mean", "max")),
)
PIPELINE = Pipeline("press-health", ("hydraulic-press",), (), STEPS, ("timeseries",))


def changed(index: int, step: Step) -> Pipeline:
    return replace(PIPELINE, steps=(*STEPS[:index], step, *STEPS[index + 1 :]))


@pytest.mark.parametrize(
    ("after", "path", "values"),
    [
        (changed(0, Filter((Condition("state", "=", Decimal(2)),))), "filter state", ("= 1", "= 2")),
        (changed(1, Scale((("pressure", Decimal(2), Decimal(0)),))), "scale pressure", ("1.02", "2")),
        (
            changed(2, Convert((("pressure", "Pa", Decimal(1), Decimal(0)),))),
            "convert pressure",
            ("kPa", "Pa"),
        ),
        (
            changed(3, Deadband((("pressure", Decimal("0.5"), "0.5 bar"),), 60_000)),
            "deadband pressure",
            ("0.2 bar", "0.5 bar"),
        ),
        (
            changed(3, Deadband((("pressure", Decimal("0.2"), "0.2 bar"),), 1_500)),
            "deadband at_least_every",
            ("60 s", "1.5 s"),
        ),
        (changed(4, Window(5_000, ("mean", "max"))), "window every", ("10 s", "5 s")),
    ],
)
def test_a_change_is_one_difference(after: Pipeline, path: str, values: tuple[str, str]) -> None:
    found = list(differences(pipeline_facts(PIPELINE), pipeline_facts(after)))
    assert [(" ".join(where[2:]), before, now) for where, before, now in found] == [(path, *values)]
