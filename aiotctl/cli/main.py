"""Where the program starts: its help is written before anything heavy is imported."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns the exit code; ``arguments`` are those of the process where none are
    given.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if words in (["--help"], ["-h"]):
        from aiotctl.cli.help import help_text, terminal_width

        words = ["--help"]
        if _written(help_text(terminal_width())):
            return 0
    from aiotctl.cli.program import run

    return run(words)


def _written(text: str) -> bool:
    """Whether standard output took the text; where it did not, the program deals with it."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        return False
    return True
