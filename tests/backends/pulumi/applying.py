"""An apply of a toy stack in a process of its own, to be interrupted: FOLDER STATE MACHINE..."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from tests.backends.pulumi.conftest import arguments, toy_in, unit


def main() -> None:
    folder, state, *machines = sys.argv[1:]
    asked: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: asked.append(number))
    backend = toy_in(Path(folder)).backend
    for event in backend.run([unit(arguments(machines), state=state)], lambda: bool(asked)):
        print(event, flush=True)


if __name__ == "__main__":
    main()
