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


def test_progress_stands_at_the_bottom_and_is_gone_at_the_end() -> None:
    terminal = pyte.Screen(80, 12)
    stream = pyte.Stream(terminal)
    child = pexpect.spawn(
        sys.executable, ["-c", SCRIPT], dimensions=(12, 80), encoding="utf-8", timeout=20, echo=False
    )

    def seen(expected: str) -> str:
        """The screen once it shows a text."""
        for _ in range(100):
            if expected in "\n".join(terminal.display):
                break
            try:
                stream.feed(child.read_nonblocking(4096, timeout=0.2))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
        return "\n".join(line.rstrip() for line in terminal.display).rstrip()

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
