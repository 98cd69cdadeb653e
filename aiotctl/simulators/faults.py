"""The faults a simulated device can show while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from aiotctl.errors import Exit, failure

FAULTS = {
    "offline": "does not answer: its port is closed, or it leaves the broker",
    "frozen": "answers, but no value changes any more",
    "out_of_range": "values beyond their declared range",
    "slow": "answers late; slow:5000 means 5000 ms (3000 where nothing is said)",
    "one_connection": "serves one connection and lets others wait",
    "exceptions": "one point cannot be read, the first or exceptions:POINT; MQTT messages come without it",
    "wrong_type": "values of a type that is not the declared one: words swapped, text for a number",
    "no_value": "says that there is no value, with the declared sentinel or NaN",
    "nan": "NaN wherever a value can be one, null in JSON",
}
"""Every fault and what it does."""

SLOW_MS = 3000


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with its argument: milliseconds for ``slow``, a point for ``exceptions``."""

    name: str
    argument: str = ""


def parse_fault(text: str) -> Fault:
    """Read ``NAME`` or ``NAME:ARGUMENT``."""
    name, _, argument = text.partition(":")
    if name not in FAULTS:
        raise failure(
            "fault-unknown",
            "There is no such fault",
            f"A simulated device cannot be made {name!r}.",
            f"Choose one of {', '.join(FAULTS)}.",
            Exit.USAGE,
        )
    if name == "slow" and argument and not argument.isdecimal():
        raise failure(
            "fault-argument",
            "The fault's argument is not understood",
            f"{text!r}: the delay of a slow device is a whole number of milliseconds.",
            "Write slow:5000, for example.",
            Exit.USAGE,
        )
    return Fault(name, argument)
