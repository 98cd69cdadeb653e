"""Runs the child process for one request and gives what it tells."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

from aiotctl.backends.pulumi_child import STOP
from aiotctl.backends.pulumi_request import Request
from aiotctl.backends.pulumi_told import Ended, Line, Told, Why
from aiotctl.model import codec

_TICK_S = 0.2
CHILD = "aiotctl.backends.pulumi_child"


def side_by_side(
    requests: Sequence[Request], cancelled: Callable[[], bool]
) -> Iterator[tuple[int, Told | None]]:
    """What the child of each request tells, as it tells it, by the request's number; None once it is over.
    Where this iterator is closed early, all of them are killed with their engines.
    """
    arriving: queue.SimpleQueue[tuple[int, Told | None]] = queue.SimpleQueue()
    dropped = threading.Event()

    def follow(number: int, request: Request) -> None:
        try:
            for told in ask(request, cancelled, dropped):
                arriving.put((number, told))
        finally:
            arriving.put((number, None))

    threads = [
        threading.Thread(target=follow, args=(number, request), daemon=True)
        for number, request in enumerate(requests)
    ]
    for thread in threads:
        thread.start()
    left = len(threads)
    try:
        while left:
            number, told = arriving.get()
            left -= told is None
            yield number, told
    finally:
        dropped.set()
        for thread in threads:
            thread.join()


def ask(request: Request, cancelled: Callable[[], bool], dropped: threading.Event) -> Iterator[Told]:
    """What the child tells, to its end; the last is always `Ended`. Once ``cancelled``, the engine is asked
    to stop after what is under way; once ``dropped``, the child is killed with its engine.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=request.folder,
        env=_environment(),
        encoding="utf-8",
        start_new_session=True,  # Ctrl-C on the terminal is ours to pass on
    )
    assert child.stdin is not None
    assert child.stdout is not None
    over = threading.Event()
    ended = False
    try:
        child.stdin.write(json.dumps(codec.encode(request)) + "\n")
        child.stdin.flush()
        threading.Thread(target=_pass_on, args=(child, cancelled, dropped, over), daemon=True).start()
        for line in child.stdout:
            told = codec.decode(Line, json.loads(line)).told
            ended = isinstance(told, Ended)
            yield told
        if not ended:
            yield Ended(Why.ENGINE, f"The process that ran it ended with {child.wait()}.")
        ended = True
    finally:
        over.set()
        if not ended:
            _kill(child)
        with contextlib.suppress(OSError):
            child.stdin.close()
        child.stdout.close()
        child.wait()


def _pass_on(
    child: subprocess.Popen[str],
    cancelled: Callable[[], bool],
    dropped: threading.Event,
    over: threading.Event,
) -> None:
    """Passes a wish to stop on to the child, once, and kills it where nobody waits for it any more."""
    assert child.stdin is not None
    asked = False
    while not over.wait(_TICK_S):
        if dropped.is_set():
            _kill(child)
            return
        if not asked and cancelled():
            asked = True
            with contextlib.suppress(OSError, ValueError):  # it has just ended
                child.stdin.write(STOP)
                child.stdin.flush()


def _kill(child: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    """Ours, without what would make Pulumi do something else than we ask for."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}


_NOT_OURS = (
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_API",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG",
    "PULUMI_HOME",
    "PULUMI_STACK",
)
