"""How a case of ``cases/`` is shown: its ``view`` names a function here, the rest is what it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiotctl.diagnostics import Diagnostic
from aiotctl.model import events
from aiotctl.model.codec import decode
from aiotctl.model.plan import Plan
from aiotctl.views.apply import Commands, show_end, telling
from aiotctl.views.diagnostics import show_diagnostics, summary
from aiotctl.views.output import Output
from aiotctl.views.plan import Wish, show_plan


def _plan(case: dict[str, Any], output: Output) -> None:
    wish = Wish(files=case.get("files", False), proceed="aiotctl apply --env laptop")
    show_plan(decode(Plan, case["plan"]), output, wish)


def _diagnostics(case: dict[str, Any], output: Output) -> None:
    found = [decode(Diagnostic, tree) for tree in case["diagnostics"]]
    files = {name: text.split("\n") for name, text in case.get("files", {}).items()}
    show_diagnostics(found, output, lambda name: files.get(name, []))
    if output.screen is not None:
        output.screen.line(summary(found))


def _apply(case: dict[str, Any], output: Output) -> None:
    commands = Commands(
        "aiotctl apply --env laptop", lambda unit: f"aiotctl apply --env laptop --target {unit}"
    )
    with telling(output, "apply", lambda: False) as (tell, outcome):
        told = [
            decode(getattr(events, kind), fields)
            for event in case["events"]
            for kind, fields in event.items()
        ]
        for event in told:
            tell(event)
    finished = told[-1]
    assert isinstance(finished, events.Finished)
    if output.screen is not None:
        show_end(finished, outcome, output.screen, "Applied", commands)


VIEWS: dict[str, Callable[[dict[str, Any], Output], None]] = {
    "plan": _plan,
    "diagnostics": _diagnostics,
    "apply": _apply,
}
