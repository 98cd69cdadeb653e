"""The waves of a rollout in a person's words; plan and apply share them."""

from __future__ import annotations

from decimal import Decimal

from aiotctl.model.events import Soaking, WaveDone, WaveFailed, WaveStarted
from aiotctl.model.plan import Plan
from aiotctl.views.output import Screen
from aiotctl.views.text import Part, Style, age, count, listed

WaveEvent = WaveStarted | Soaking | WaveDone | WaveFailed
_ASKED = {
    "services": "its hosts are asked whether their services run",
    "verify": "its hosts are asked whether their services run and their series flow",
}


def show_waves(plan: Plan, screen: Screen) -> None:
    """The waves of a plan, and what lets the next one begin. Says nothing where there are none."""
    if not plan.waves:
        return
    screen.line()
    screen.line(f"Gateways change in {count(len(plan.waves), 'wave')}:")
    counted = [count(len(wave), "gateway") for wave in plan.waves]
    width = max(map(len, counted))
    for number, (wave, words) in enumerate(zip(plan.waves, counted, strict=True), start=1):
        screen.line(f"  {number}  ", (Style.STRONG, words.rjust(width)), f"  {listed(wave, 3)}")
    rollout = plan.rollout
    soak = f"{age(rollout.soak_ms / 1000)} after each wave" if rollout.soak_ms else "After each wave"
    screen.paragraph(f"{soak} {_ASKED[rollout.health]}. {_stop(rollout.max_fail_percent)}", "  ", Style.FAINT)


def _stop(max_fail: Decimal) -> str:
    if max_fail >= 100:
        return "No failure stops the rollout."
    limit = f"more than {percent(max_fail)}" if max_fail else "any"
    return f"The rollout stops when {limit} of a wave failed, could not be reached or is not well."


def wave_line(event: WaveEvent) -> list[Part]:
    """What happens to a wave, as one line."""
    head: Part = (Style.STRONG, wave_name(event))
    match event:
        case WaveStarted():
            return [head, f": {count(event.hosts, 'gateway')}"]
        case Soaking():
            return [head, f": runs for {age(event.seconds)} before it is asked how it does"]
        case WaveDone():
            failed = f", {event.failed} of {event.hosts} failed" if event.failed else ""
            return [head, ": ", (Style.GOOD, "done"), failed]
        case WaveFailed():
            return [head, ": ", (Style.ERROR, "failed"), f": {failed_words(event)}"]


def wave_name(event: WaveEvent) -> str:
    """``wave 2 of 3``."""
    return f"wave {event.number} of {event.of}"


def failed_words(event: WaveFailed) -> str:
    """``3 of 41 gateways failed, and at most 5 % may``."""
    limit = percent(event.max_fail_percent)
    may = f"at most {limit} may" if event.max_fail_percent else "none may"
    return f"{len(event.failed)} of {count(event.hosts, 'gateway')} failed, and {may}"


def percent(share: Decimal) -> str:
    """``5 %``, ``2.5 %``."""
    return f"{share.normalize():f} %"
