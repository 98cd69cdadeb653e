"""Where words go: a screen for people, a stream for machines, and notes beside both.

Data go to standard output, notes and progress to standard error. With ``--json`` there is a stream and no
screen; with ``--json-into`` there are both.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from aiotctl.views.text import Part, Style, escaped, painted

STREAM_FORMAT = "1.0"
"""Version of the stream: what is added raises the second number, what breaks a reader the first."""

_COMMAND = re.compile(r"`[^`]*`")
"""What is meant to be copied stays on one line, so that it can be pasted."""
_BOUND = "\0"  # escaped text has none

Field = str | int | float | bool | None | Sequence["Field"] | Mapping[str, "Field"]


@dataclass(frozen=True, slots=True)
class Screen:
    """Lines for people. ``width`` is None where there is no terminal: then nothing is wrapped or shortened.

    ``live``: the cursor may be moved, so that progress can be shown in place.
    """

    file: TextIO
    colour: bool = False
    width: int | None = None
    live: bool = False

    def line(self, *parts: Part) -> None:
        """Writes one line; each part is escaped."""
        self.file.write(painted(parts, self.colour) + "\n")

    def paragraph(self, text: str, indent: str = "", style: Style | None = None) -> None:
        """Writes text of one style, wrapped at the terminal's width; its own line breaks are kept."""
        for written in text.split("\n"):
            for line in self._wrapped(escaped(written), indent):
                self.line(indent, line if style is None else (style, line))

    def clear(self) -> None:
        """Begins at the top of an empty terminal; where there is none, a blank line parts what comes from
        what was.
        """
        self.file.write("\x1b[H\x1b[2J\x1b[3J" if self.live else "\n")

    def flush(self) -> None:
        """Hands everything to the terminal, pipe or file."""
        self.file.flush()

    def _wrapped(self, text: str, indent: str) -> list[str]:
        if self.width is None or len(indent) + len(text) <= self.width:
            return [text]
        room = max(20, self.width - len(indent))
        whole = _COMMAND.sub(lambda found: found.group().replace(" ", _BOUND), text)
        lines = textwrap.wrap(whole, room, break_on_hyphens=False, break_long_words=_BOUND not in whole)
        return [line.replace(_BOUND, " ") for line in lines] or [text]


class Stream:
    """Messages for machines, one JSON object a line; the first tells the versions."""

    def __init__(self, file: TextIO, version: str) -> None:
        self._file = file
        self.write("version", aiotctl=version, format=STREAM_FORMAT)

    def write(self, kind: str, /, **fields: Field) -> None:
        """Writes one message; readers get it at once."""
        self._file.write(json.dumps({"type": kind, **fields}, default=str) + "\n")
        self._file.flush()


@dataclass(frozen=True, slots=True)
class Output:
    """All places a command may speak to. ``clock`` gives seconds since the epoch."""

    screen: Screen | None
    notes: Screen
    stream: Stream | None
    clock: Callable[[], float]
    quiet: bool = False

    def note(self, *parts: Part) -> None:
        """Tells a person something beside the data; silent with ``--quiet`` and with ``--json``."""
        if not self.quiet and self.screen is not None:
            self.notes.line(*parts)
