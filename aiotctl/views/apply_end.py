"""The end of an apply: what happened, what failed and why, and what a person may type next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiotctl.model.events import Finished, UnitFailed, UnitSkipped, WaveFailed
from aiotctl.views.apply import TOLD_ONCE, Outcome
from aiotctl.views.diagnostics import human_diagnostic
from aiotctl.views.output import Screen
from aiotctl.views.text import Part, Style, age, count, listed
from aiotctl.views.waves import failed_words, wave_name

_SHOWN_AT_MOST = 10
"""So many failures are told one by one; more are grouped and counted."""


@dataclass(frozen=True, slots=True)
class Commands:
    """What a person may type next: ``again`` does the whole once more, ``only`` just the units with these
    addresses.
    """

    again: str
    only: Callable[[Sequence[str]], str]


def show_end(finished: Finished, outcome: Outcome, screen: Screen, done: str, commands: Commands) -> None:
    """What happened, and what to do about what failed. ``done`` is the word for success (``Applied``)."""
    for failure in outcome.failed[:_SHOWN_AT_MOST]:
        _show_failure(failure, screen, commands)
    _show_others(outcome.failed[_SHOWN_AT_MOST:], screen)
    _show_skipped(outcome, screen)
    if outcome.failed or outcome.skipped:
        screen.line()
    screen.line(*_headline(finished, done))
    if finished.interrupted:
        screen.line("To go on from here: ", (Style.STRONG, commands.again))
    elif outcome.stopped is not None:
        _show_stop(outcome.stopped, screen, commands)
    elif finished.failed:
        screen.line("When it is mended: ", (Style.STRONG, commands.again))


def _show_stop(wave: WaveFailed, screen: Screen, commands: Commands) -> None:
    """What stopped a rollout: mend the hosts, try them alone, then go on with the rest."""
    screen.line(f"The rollout stopped at {wave_name(wave)}: {failed_words(wave)}.")
    if len(wave.failed) <= _SHOWN_AT_MOST:
        screen.line("When it is mended, these first: ", (Style.STRONG, commands.only(wave.failed)))
        screen.line("Then the rest: ", (Style.STRONG, commands.again))
    else:
        screen.line("When it is mended: ", (Style.STRONG, commands.again))


def _show_others(failed: Sequence[UnitFailed], screen: Screen) -> None:
    """The failures that are too many to be told one by one, grouped by what is wrong."""
    alike: dict[str, list[str]] = {}
    for failure in failed:
        alike.setdefault(failure.diagnostic.summary, []).append(failure.address)
    for summary, addresses in alike.items():
        screen.line()
        screen.line((Style.ERROR, f"{count(len(addresses), 'more unit')}: {summary}"))
        screen.line(f"  {listed(addresses)}")


def _show_failure(failure: UnitFailed, screen: Screen, commands: Commands) -> None:
    screen.line()
    screen.line((Style.STRONG, failure.address))
    human_diagnostic(failure.diagnostic, screen, lambda _: ())
    if failure.log:
        screen.line("  its last words:")
    for line in failure.log:
        screen.line("    ", (Style.FAINT, line))
    screen.line("  to try just this again: ", (Style.STRONG, commands.only([failure.address])))


def _show_skipped(outcome: Outcome, screen: Screen) -> None:
    reasons: dict[str, list[str]] = {}
    for skipped in outcome.skipped:
        reasons.setdefault(_because(skipped), []).append(skipped.address)
    if reasons:
        screen.line()
    for because, addresses in reasons.items():
        screen.line((Style.WARNING, "skipped"), f" ({because}): {listed(addresses)}")


def _headline(finished: Finished, done: str) -> list[Part]:
    took = f" in {age(finished.seconds)}"
    numbers = [count(finished.done, "unit") + " done"]
    if finished.failed > finished.unreachable:
        numbers.append(f"{finished.failed - finished.unreachable:,} failed")
    if finished.unreachable:
        numbers.append(f"{finished.unreachable:,} not reached")
    if finished.skipped:
        numbers.append(f"{finished.skipped:,} skipped")
    words = ", ".join(numbers) + took + "."
    if finished.interrupted:
        return [(Style.WARNING, "Interrupted"), f": {words}"]
    if finished.failed or finished.skipped:
        return [(Style.ERROR, "Not all was done"), f": {words}"]
    return [(Style.GOOD, done), f": {words}"]


def _because(event: UnitSkipped) -> str:
    return TOLD_ONCE.get(event.because) or f"it needs {event.because}"
