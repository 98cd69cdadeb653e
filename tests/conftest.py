"""What holds for the whole suite."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """A suite started in the background of a shell ignores Ctrl-C, and so would what it starts; but the
    tests are about what Ctrl-C does.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
