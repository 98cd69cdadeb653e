"""The child process that runs the engine for one operation of one stack: see `pulumi_request` and what it
tells in `pulumi_told`.

A process of its own because Pulumi's library takes long to import and keeps its state in globals, and because
the engine is to be stopped with care when whoever asked for it is killed: then standard input ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable
from typing import TextIO

from aiotctl.backends.pulumi_request import Request
from aiotctl.backends.pulumi_told import Ended, Line, Told, Why
from aiotctl.model import codec

STOP = "stop\n"


def main() -> None:
    """Reads the request, carries it out, and tells on what was standard output."""
    request = codec.decode(Request, json.loads(sys.stdin.readline()))
    tell = _telling(request)
    try:
        from aiotctl.backends.pulumi_stack import carry_out

        carry_out(request, tell, _watching)
    except Exception as error:
        import traceback

        traceback.print_exc()  # goes to the log
        tell(Ended(Why.PROGRAM, f"{type(error).__name__}: {error}"))


def _telling(request: Request) -> Callable[[Told], None]:
    """What events are told to. Whatever else is printed in this process goes to the log."""
    out: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8")
    log = os.open(request.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    writing = threading.Lock()

    def tell(told: Told) -> None:
        line = json.dumps(codec.encode(Line(told)))
        with writing:
            try:
                out.write(line + "\n")
                out.flush()
            except OSError:  # nobody listens any more; the engine is brought to its end all the same
                return

    return tell


def _watching(stop: Callable[[], None]) -> None:
    """Calls ``stop`` when we are asked to, and when whoever asked for the operation is gone."""

    def watch() -> None:
        for line in sys.stdin:
            if line == STOP:
                stop()
        stop()

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
    # Threads of gRPC may linger; all that matters is written.
    sys.stdout.flush()
    os._exit(0)
