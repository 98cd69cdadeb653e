"""A background job: work repeated at an interval until SIGTERM, told as JSON lines on stderr and in the
table of jobs.
"""

from __future__ import annotations

import json
import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]
else:
    Connection = Any

Facts = dict[str, int | str]

RETRY_S = 5.0
"""After a failure the work is tried again this soon, or at its interval if that is shorter."""

_log = logging.getLogger("aiotctl.job")


class JsonLines(logging.Formatter):
    """One JSON object a line, with the keys that Telegraf's structured log uses too: time, level, msg."""

    def format(self, record: logging.LogRecord) -> str:
        """The line without its end."""
        told = {"time": datetime.now(UTC).isoformat(), "level": record.levelname, "msg": record.getMessage()}
        return json.dumps(told | getattr(record, "facts", {}), default=str)


def log_to_stderr() -> None:
    """Sets logging up for an agent's process."""
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[lines])


def repeat(
    name: str, every_s: float, connect: Callable[[], Connection], work: Callable[[Connection], Facts]
) -> None:
    """Does the work now and then at each interval, on a fresh connection each time; a failure ends only
    that round.
    """
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    failing = ""
    while not stop.is_set():
        started = time.monotonic()
        problem = one_round(name, connect, work)
        if problem != failing:
            _tell(name, problem)
            failing = problem
        pause = min(every_s, RETRY_S) if problem else every_s
        stop.wait(max(0.0, pause - (time.monotonic() - started)))


def one_round(name: str, connect: Callable[[], Connection], work: Callable[[Connection], Facts]) -> str:
    """One round; returns the first line of what went wrong, empty when nothing did."""
    try:
        with connect() as connection:
            try:
                _record(connection, name, "", work(connection))
            except Exception as problem:
                if not connection.broken:
                    _record(connection, name, first_line(problem), {})
                raise
    except Exception as problem:  # whatever it was, the next round may fare better
        return first_line(problem)
    return ""


def first_line(problem: Exception) -> str:
    """An error's own words, short enough for a log line and a table."""
    lines = str(problem).strip().splitlines()
    return f"{type(problem).__name__}: {lines[0] if lines else ''}"[:500]


def _record(connection: Connection, name: str, failure: str, facts: Facts) -> None:
    connection.execute(
        "INSERT INTO aiot.job (name, failure, facts) VALUES (%s, nullif(%s, ''), %s)"
        " ON CONFLICT (name) DO UPDATE"
        " SET ran = now(), failure = excluded.failure, facts = job.facts || excluded.facts",
        [name, failure, json.dumps(facts)],
    )


def _tell(name: str, problem: str) -> None:
    if problem:
        _log.error("%s fails", name, extra={"facts": {"error": problem}})
    else:
        _log.info("%s works again", name)
