"""Tell of each series whether it flows, and where it stops if not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from aiotctl.cli import context, selecting
from aiotctl.cli.context import Context
from aiotctl.cli.declared import argument, option
from aiotctl.cli.project import applied
from aiotctl.errors import Exit
from aiotctl.views.verify import progress_words, show_report

if TYPE_CHECKING:
    from aiotctl.model.verification import VerifyReport
    from aiotctl.session.environment import Environment

WATCHED_EVERY_S = 2.0
ASKED_EVERY_S = 1.0


def run(
    ctx: typer.Context,
    address: Annotated[str, argument("Only series whose address begins so.")] = "",
    wait: Annotated[
        str, option("--wait", "Waits so long at most until all flows: 60s, 5min.", metavar="DURATION")
    ] = "0s",
    watch: Annotated[bool, option("--watch", "Looks again every two seconds, until Ctrl-C.")] = False,
) -> Exit:
    """Asks the running system of each series: is it fresh, of good quality and in range, and where between
    device and database does it stop if not. Opens no connection to a device. Exit code 8 where something does
    not flow.
    """
    here = context.of(ctx)
    environment = applied(here)
    if watch:
        return _watch(here, environment, address)
    report = _waited(here, environment, address, selecting.seconds(wait))
    _show(here, environment, report)
    return _code(report)


def _waited(here: Context, environment: Environment, address: str, seconds: float) -> VerifyReport:
    """The report once all flows, or when the time is over."""
    from aiotctl.session.looking import verify

    end = time.monotonic() + seconds
    told = ""
    while True:
        report = verify(environment, address)
        left = end - time.monotonic()
        if report.ok or left <= 0:
            return report
        if told != (told := progress_words(report)):
            here.output.note(f"waiting: {told}")
        time.sleep(min(ASKED_EVERY_S, left))


def _watch(here: Context, environment: Environment, address: str) -> Exit:
    from aiotctl.session.looking import verify

    report = None
    try:
        while True:
            report = verify(environment, address)
            if here.output.screen is not None:
                here.output.screen.clear()
            _show(here, environment, report)
            time.sleep(WATCHED_EVERY_S)
    except KeyboardInterrupt:  # the way a watch is ended
        return Exit.INTERRUPTED if report is None else _code(report)


def _show(here: Context, environment: Environment, report: VerifyReport) -> None:
    from aiotctl.session.looking import collected

    record = environment.record()
    series = collected(environment, record)[0] if record else ()
    show_report(report, series, here.output)
    if here.output.screen is not None:
        here.output.screen.flush()


def _code(report: VerifyReport) -> Exit:
    return Exit.OK if report.ok else Exit.NOT_FLOWING
