"""Ctrl-C and SIGTERM while units are under way: the first stops after them, the second stops at once."""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType

from aiotctl.cli.program import Terminated
from aiotctl.errors import Exit

_WAITING = b"\nStopping after what is under way; Ctrl-C again kills it.\n"


class Interruption:
    """Takes the signals over. Before ``begin`` they end the command as usual: nothing is under way yet."""

    def __init__(self, silent: bool) -> None:
        self._silent = silent
        self._begun = False
        self._asked: int | None = None
        self._previous: dict[int, object] = {}

    def __enter__(self) -> Interruption:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, previous in self._previous.items():
            signal.signal(number, previous)  # pyright: ignore[reportArgumentType]  # what signal() gave us

    def begin(self) -> None:
        """From now on units are under way."""
        self._begun = True

    def asked(self) -> bool:
        """Whether somebody asked to stop."""
        return self._asked is not None

    @property
    def exit_code(self) -> Exit:
        """The exit code of a command that was stopped."""
        return Exit.TERMINATED if self._asked == signal.SIGTERM else Exit.INTERRUPTED

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if self._begun and self._asked is None:
            self._asked = number
            if not self._silent:
                os.write(2, _WAITING)
        elif number == signal.SIGTERM:
            raise Terminated
        else:
            raise KeyboardInterrupt
