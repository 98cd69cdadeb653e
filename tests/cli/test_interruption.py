"""The first signal waits for what is under way, the second does not."""

from __future__ import annotations

import os
import signal

import pytest

from aiotctl.cli.interruption import Interruption
from aiotctl.cli.program import Terminated
from aiotctl.errors import Exit


def test_before_anything_is_under_way_a_signal_ends_the_command() -> None:
    with Interruption(silent=True) as interruption:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(Terminated):
            os.kill(os.getpid(), signal.SIGTERM)
        assert not interruption.asked()


@pytest.mark.parametrize(
    ("first", "code"), [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED)]
)
def test_the_first_asks_and_the_second_ends(
    first: signal.Signals, code: Exit, capfd: pytest.CaptureFixture[str]
) -> None:
    with Interruption(silent=False) as interruption:
        interruption.begin()
        os.kill(os.getpid(), first)
        assert interruption.asked()
        assert interruption.exit_code == code
        assert "Ctrl-C again" in capfd.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_signals_are_given_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption(silent=True):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
