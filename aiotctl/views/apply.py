"""What apply tells while it works and at its end.

Messages of the stream; each carries ``at``, seconds since the epoch:

- ``apply_start``: address, action
- ``apply_progress``: address, item, what
- ``tool_progress``: tool, what (``download``, ``build``, ``unpack``), done, total (bytes; 0: unknown)
- ``apply_complete``: address, seconds, items [{item, what}]
- ``apply_errored``: address, unreachable, log [lines], diagnostic (the fields of a ``diagnostic`` message)
- ``apply_skipped``: address, because (a unit's address, ``rollout``, ``interrupted``)
- ``wave_start``: number, of, hosts (how many)
- ``wave_soak``: number, of, seconds
- ``wave_complete``: number, of, hosts, failed (how many)
- ``wave_errored``: number, of, hosts, failed [addresses], max_fail_percent; the rollout stops with it
- ``change_summary``: operation (``apply``, ``destroy``), done, failed, unreachable (of the failed), skipped,
  interrupted, stopped (the rollout), seconds

A gateway that was done and is not well after its wave has both, ``apply_complete`` and ``apply_errored``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiotctl.model.events import (
    Event,
    Finished,
    Planned,
    Soaking,
    ToolProgress,
    UnitDone,
    UnitFailed,
    UnitProgress,
    UnitSkipped,
    UnitStarted,
    Warned,
    WaveDone,
    WaveFailed,
    WaveStarted,
)
from aiotctl.views.diagnostics import diagnostic_fields
from aiotctl.views.output import Output, Screen, Stream
from aiotctl.views.text import Part, Style, age, escaped, size
from aiotctl.views.units import DOING, items_words
from aiotctl.views.waves import WaveEvent, wave_line

Tell = Callable[[Event], None]

TOLD_ONCE = {"interrupted": "interrupted", "rollout": "the rollout stopped"}
"""Reasons to skip a unit that hold for all that is left: told at the end, not line by line."""


@dataclass(slots=True)
class Outcome:
    """What is kept for the end."""

    failed: list[UnitFailed] = field(default_factory=list[UnitFailed])
    skipped: list[UnitSkipped] = field(default_factory=list[UnitSkipped])
    stopped: WaveFailed | None = None

    def take(self, event: Event) -> None:
        """Keeps what went wrong."""
        if isinstance(event, UnitFailed):
            self.failed.append(event)
        elif isinstance(event, WaveFailed):
            self.stopped = event
        elif isinstance(event, UnitSkipped):
            self.skipped.append(event)

    @property
    def only_unreachable(self) -> bool:
        """Whether all that failed could not be reached."""
        return bool(self.failed) and all(failure.unreachable for failure in self.failed)


@contextmanager
def telling(output: Output, operation: str, stopping: Callable[[], bool]) -> Generator[tuple[Tell, Outcome]]:
    """Gives what events are told to, and what is known of failures at the end.

    Progress goes to the notes: in place on a terminal, else line by line. ``stopping`` says whether an
    interruption is waiting for the units under way.
    """
    outcome = Outcome()
    with _progress(output, stopping) as progress:

        def tell(event: Event) -> None:
            outcome.take(event)
            if output.stream is not None:
                write_event(event, output.stream, operation, output.clock())
            progress(event)

        yield tell, outcome


def noting(output: Output) -> Tell:
    """What tells events line by line, beside the data of a command that applies nothing."""
    silent = output.screen is None or output.quiet
    return (lambda _: None) if silent else _Lines(output.notes)


def write_event(event: Event, stream: Stream, operation: str, at: float) -> None:
    """The message of an event; the plan's own are written where the plan is shown."""
    match event:
        case UnitStarted():
            stream.write("apply_start", at=at, address=event.address, action=event.action.value)
        case UnitProgress():
            stream.write("apply_progress", at=at, address=event.address, item=event.item, what=event.what)
        case ToolProgress():
            stream.write(
                "tool_progress", at=at, tool=event.tool, what=event.what, done=event.done, total=event.total
            )
        case UnitDone():
            items = [{"item": item, "what": what} for item, what in event.items]
            stream.write("apply_complete", at=at, address=event.address, seconds=event.seconds, items=items)
        case UnitFailed():
            stream.write(
                "apply_errored",
                at=at,
                address=event.address,
                unreachable=event.unreachable,
                log=event.log,
                diagnostic=diagnostic_fields(event.diagnostic),
            )
        case UnitSkipped():
            stream.write("apply_skipped", at=at, address=event.address, because=event.because)
        case WaveStarted() | Soaking() | WaveDone() | WaveFailed():
            _write_wave(event, stream, at)
        case Finished():
            stream.write(
                "change_summary",
                at=at,
                operation=operation,
                done=event.done,
                failed=event.failed,
                unreachable=event.unreachable,
                skipped=event.skipped,
                interrupted=event.interrupted,
                stopped=event.stopped,
                seconds=event.seconds,
            )
        case Warned() | Planned():
            pass


def _write_wave(event: WaveEvent, stream: Stream, at: float) -> None:
    number, of = event.number, event.of
    match event:
        case WaveStarted():
            stream.write("wave_start", at=at, number=number, of=of, hosts=event.hosts)
        case Soaking():
            stream.write("wave_soak", at=at, number=number, of=of, seconds=event.seconds)
        case WaveDone():
            stream.write("wave_complete", at=at, number=number, of=of, hosts=event.hosts, failed=event.failed)
        case WaveFailed():
            stream.write(
                "wave_errored",
                at=at,
                number=number,
                of=of,
                hosts=event.hosts,
                failed=event.failed,
                max_fail_percent=float(event.max_fail_percent),
            )


def event_line(event: Event) -> list[Part]:
    """An event as one line; an empty one for what is not told line by line."""
    match event:
        case UnitStarted():
            return [(Style.STRONG, event.address), f": {DOING[event.action]}"]
        case UnitProgress():
            return [(Style.STRONG, event.address), f": {event.item} {event.what}".rstrip()]
        case UnitDone():
            words = items_words(event.items)
            done = f" in {age(event.seconds)}" + (f": {words}" if words else "")
            return [(Style.STRONG, event.address), ": ", (Style.GOOD, "done"), done]
        case UnitFailed():
            word = "not reached" if event.unreachable else "failed"
            return [(Style.STRONG, event.address), ": ", (Style.ERROR, word), f": {event.diagnostic.summary}"]
        case UnitSkipped() if event.because in TOLD_ONCE:
            return []
        case UnitSkipped():
            return [
                (Style.STRONG, event.address),
                ": ",
                (Style.WARNING, "skipped"),
                f" (it needs {event.because})",
            ]
        case WaveStarted() | Soaking() | WaveDone() | WaveFailed():
            return wave_line(event)
        case ToolProgress() | Finished() | Warned() | Planned():
            return []


def tool_words(event: ToolProgress) -> str:
    """``download 12.4 MB of 72.0 MB``."""
    if event.what != "download" or not event.done:
        return event.what
    return f"{event.what} {size(event.done)}" + (f" of {size(event.total)}" if event.total else "")


@contextmanager
def _progress(output: Output, stopping: Callable[[], bool]) -> Generator[Tell]:
    if output.screen is None or output.quiet:
        yield lambda _: None
    elif output.notes.live:
        from aiotctl.views.live import live_progress

        with live_progress(output.notes, stopping) as tell:
            yield tell
    else:
        yield _Lines(output.notes)


class _Lines:
    """Progress line by line, for pipes and logs. Of a tool only a change of what is done is told."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._tools: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, ToolProgress):
            if self._tools.get(event.tool) == event.what:
                return
            self._tools[event.tool] = event.what
            self._screen.line(f"{escaped(event.tool)}: {event.what}")
        elif line := event_line(event):
            self._screen.line(*line)
        self._screen.flush()
