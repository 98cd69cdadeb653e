"""Progress in place on a terminal: what is under way at the bottom, what is done above it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.text import Text

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
from aiotctl.views.apply import event_line, tool_words
from aiotctl.views.output import Screen
from aiotctl.views.text import Part, Style, age, escaped
from aiotctl.views.units import DOING
from aiotctl.views.waves import wave_name

_RICH = {
    Style.ERROR: "bold red",
    Style.WARNING: "bold yellow",
    Style.GOOD: "green",
    Style.BAD: "red",
    Style.DOUBTFUL: "yellow",
    Style.REPAIR: "magenta",
    Style.PLACE: "cyan",
    Style.STRONG: "bold",
    Style.FAINT: "dim",
}
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_SHOWN_AT_MOST = 12


@dataclass(slots=True)
class _Running:
    """One unit or program under way."""

    doing: str
    since: float
    tool: bool = False


@contextmanager
def live_progress(screen: Screen, stopping: Callable[[], bool]) -> Generator[Callable[[Event], None]]:
    """Gives what events are told to while the terminal shows them. The terminal is taken over with the first
    event, so that a question can be asked before.
    """
    console = console_of(screen)
    progress = _Progress(console, stopping)
    live = Live(get_renderable=progress.render, console=console, refresh_per_second=8, transient=True)

    def tell(event: Event) -> None:
        if not isinstance(event, Planned) and not live.is_started:
            live.start()
        progress(event)

    try:
        yield tell
    finally:
        live.stop()


def console_of(screen: Screen) -> Console:
    """Rich's console on the screen's file. Nothing that is shown is read as markup."""
    return Console(
        file=screen.file,
        force_terminal=True,
        color_system="standard" if screen.colour else None,
        no_color=not screen.colour,
        width=screen.width,
        markup=False,
        emoji=False,
        highlight=False,
    )


def text_of(parts: Iterable[Part]) -> Text:
    """A line for rich, each part escaped."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for part in parts:
        if isinstance(part, str):
            text.append(escaped(part))
        else:
            text.append(escaped(part[1]), style=_RICH[part[0]])
    return text


class _Progress:
    """What is under way, and the picture of it."""

    def __init__(self, console: Console, stopping: Callable[[], bool]) -> None:
        self._console = console
        self._stopping = stopping
        self._running: dict[str, _Running] = {}

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        match event:
            case UnitStarted():
                self._forget_tools()
                self._running[event.address] = _Running(DOING[event.action], now)
            case UnitProgress() if event.address in self._running:
                self._running[event.address].doing = f"{event.item} {event.what}".rstrip()
            case ToolProgress():
                self._tool(event, now)
            case UnitDone() | UnitFailed() | UnitSkipped():
                self._running.pop(event.address, None)
                self._print(event)
            case Soaking():
                self._running[wave_name(event)] = _Running(f"runs for {age(event.seconds)}", now)
            case WaveStarted() | WaveDone() | WaveFailed():
                self._running.pop(wave_name(event), None)
                self._print(event)
            case Warned() | Planned() | UnitProgress() | Finished():
                pass

    def _print(self, event: Event) -> None:
        if line := event_line(event):
            self._console.print(text_of(line))

    def render(self) -> Text:
        """The lines at the bottom of the terminal."""
        now = time.monotonic()
        sign = _SPINNER[int(now * 8) % len(_SPINNER)]
        shown = list(self._running.items())[:_SHOWN_AT_MOST]
        lines = [
            text_of(
                [
                    f"{sign} ",
                    (Style.STRONG, name),
                    f"  {running.doing}",
                    (Style.FAINT, f"  {age(now - running.since)}"),
                ]
            )
            for name, running in shown
        ]
        if len(self._running) > len(shown):
            lines.append(text_of([(Style.FAINT, f"  and {len(self._running) - len(shown)} more")]))
        if self._stopping():
            lines.append(
                text_of([(Style.WARNING, "Stopping after what is under way; Ctrl-C again kills it.")])
            )
        return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)

    def _tool(self, event: ToolProgress, now: float) -> None:
        running = self._running.setdefault(event.tool, _Running("", now, tool=True))
        running.doing = tool_words(event)

    def _forget_tools(self) -> None:
        """Programs are all there before the first unit starts."""
        self._running = {name: running for name, running in self._running.items() if not running.tool}
