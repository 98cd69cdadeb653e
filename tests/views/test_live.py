"""Progress in place, as a terminal of 80 columns shows it."""

from __future__ import annotations

import sys

import pexpect
import pyte

SCRIPT = """
import sys, time
from aiotctl.diagnostics import Diagnostic
from aiotctl.model.events import *
from aiotctl.model.plan import Action
from aiotctl.views.apply import telling
from aiotctl.views.output import Output, Screen
screen = Screen(sys.stdout, colour=True, width=80, live=True)
asked = []
with telling(Output(screen, screen, None, time.time), "apply", lambda: bool(asked)) as (tell, _):
    tell(ToolProgress("telegraf", "download", 36_000_000, 72_000_000))
    sys.stdin.readline()
    tell(UnitStarted("host/hub", Action.CREATE))
    tell(UnitProgress("host/hub", "service nats\\x1b[31m", "started"))
    sys.stdin.readline()
    asked.append(1)
    sys.stdin.readline()
    tell(UnitDone("host/hub", (("service nats", "start"), ("file a", "create")), 2.0))
    tell(UnitFailed("host/gw-1", Diagnostic("c", "It [bold]failed[/bold]", "", "")))
print("the end")
"""


class Terminal:
    """A script with a terminal of 80 columns in front of it."""

    def __init__(self, script: str) -> None:
        self._screen = pyte.Screen(80, 12)
        self._stream = pyte.Stream(self._screen)
        self.child = pexpect.spawn(
            sys.executable, ["-c", script], dimensions=(12, 80), encoding="utf-8", timeout=20, echo=False
        )

    def seen(self, expected: str) -> str:
        """The screen once it shows a text."""
        for _ in range(100):
            if expected in "\n".join(self._screen.display):
                break
            try:
                self._stream.feed(self.child.read_nonblocking(4096, timeout=0.2))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()


def test_progress_stands_at_the_bottom_and_is_gone_at_the_end() -> None:
    watched = Terminal(SCRIPT)
    child, seen = watched.child, watched.seen
    assert "telegraf  download 36.0 MB of 72.0 MB" in seen("telegraf")
    child.sendline()
    shown = seen("started")
    assert "host/hub  service nats\\x1b[31m started" in shown
    assert "telegraf" not in shown
    child.sendline()
    assert "Ctrl-C again kills it" in seen("Stopping")
    child.sendline()
    assert seen("the end").splitlines() == [
        "host/hub: done in 2.0 s: 1 file; nats started",
        "host/gw-1: failed: It [bold]failed[/bold]",
        "the end",
    ]
    child.close()


WAVES = """
import sys, time
from aiotctl.model.events import *
from aiotctl.model.plan import Action
from aiotctl.views.apply import telling
from aiotctl.views.output import Output, Screen
screen = Screen(sys.stdout, colour=True, width=80, live=True)
with telling(Output(screen, screen, None, time.time), "apply", lambda: False) as (tell, _):
    tell(WaveStarted(1, 2, 1))
    tell(UnitStarted("host/a/gw-1", Action.UPDATE))
    tell(UnitDone("host/a/gw-1", (("service telegraf", "restart"),), 2.0))
    tell(Soaking(1, 2, 30.0))
    sys.stdin.readline()
    tell(WaveDone(1, 2, 1, 0))
    tell(UnitSkipped("host/a/gw-2", "rollout"))
print("the end")
"""


def test_a_soak_stands_at_the_bottom_and_what_it_skips_is_told_at_the_end() -> None:
    watched = Terminal(WAVES)
    assert "wave 1 of 2  runs for 30 s" in watched.seen("runs for")
    watched.child.sendline()
    assert watched.seen("the end").splitlines() == [
        "wave 1 of 2: 1 gateway",
        "host/a/gw-1: done in 2.0 s: telegraf restarted",
        "wave 1 of 2: done",
        "the end",
    ]
    watched.child.close()
