"""The engine's events, cut down to what we tell of them. Used in the child process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pulumi.automation.events import EngineEvent, StepEventMetadata

from aiotctl.backends.pulumi_told import Outputs, Phase, Said, Step, Told

ROOT = "pulumi:pulumi:Stack"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a value that is not known yet (sdk/go/common/resource/plugin, UnknownStringValue)."""

SECRET = "[secret]"  # noqa: S105 - how the engine shows any secret
LOOK = "refresh"
_TOLD = ("warning", "error")


class Events:
    """Takes the engine's events of one operation. ``secret`` are the names of outputs whose values the events
    do not show.
    """

    def __init__(self, tell: Callable[[Told], None]) -> None:
        self._tell = tell
        self._looks: set[str] = set()
        self.secret: set[str] = set()

    def __call__(self, event: EngineEvent) -> None:
        """Tells what an event means, if anything."""
        if event.resource_pre_event:
            self._begun(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._done(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._tell(_step(Phase.FAILED, event.res_op_failed_event.metadata, looked=False))
        elif event.diagnostic_event and event.diagnostic_event.severity in _TOLD:
            said = event.diagnostic_event
            self._tell(Said(said.severity, said.urn or "", _plain(said.message)))

    def _begun(self, step: StepEventMetadata) -> None:
        if step.op == LOOK:
            self._looks.add(step.urn)
        else:
            self._tell(_step(Phase.BEGUN, step, looked=False))

    def _done(self, step: StepEventMetadata) -> None:
        looked = step.urn in self._looks
        self._looks.discard(step.urn)
        self._tell(_step(Phase.DONE, step, looked))
        if step.type == ROOT and not looked and step.new is not None:
            self._outputs(step.new.outputs or {})

    def _outputs(self, given: Mapping[str, Any]) -> None:
        self.secret = {name for name, value in given.items() if value == SECRET}
        shown = {name: value for name, value in given.items() if name not in self.secret}
        self._tell(Outputs({name: _value(value) for name, value in shown.items()}))


def _step(phase: Phase, step: StepEventMetadata, looked: bool) -> Step:
    reasons = tuple(sorted(step.detailed_diff or step.keys or step.diffs or ()))
    forced = [path for path, diff in (step.detailed_diff or {}).items() if diff.diff_kind.endswith("replace")]
    state = step.new or step.old
    custom = state is not None and bool(state.custom)
    op, because = _found(step) if looked else str(step.op.value), tuple(sorted(forced)) or reasons
    return Step(phase, op, step.urn, step.type, because, looked, custom)


def _found(step: StepEventMetadata) -> str:
    """What a look found, in the engine's words for what it does to its state."""
    if step.new is None:
        return "delete"
    differs = step.detailed_diff or step.diffs or (step.old and step.old.outputs != step.new.outputs)
    return "update" if differs else "same"


def _value(value: Any) -> str | None:
    if value is None or value == UNKNOWN:
        return None
    return value if isinstance(value, str) else str(value)


def _plain(text: str) -> str:
    """A message without the engine's colour marks (``<{%reset%}>``)."""
    while (start := text.find("<{%")) >= 0 and (end := text.find("%}>", start)) >= 0:
        text = text[:start] + text[end + 3 :]
    return text.strip()
