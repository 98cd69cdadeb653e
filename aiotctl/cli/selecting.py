"""The options by which plan and apply are limited to a part of an environment."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from aiotctl.cli.context import Context
from aiotctl.cli.declared import option
from aiotctl.errors import Exit, failure

if TYPE_CHECKING:
    from decimal import Decimal

    from aiotctl.session.planning import Options


class Only(StrEnum):
    """What an apply can be limited to, beside addresses."""

    CERTIFICATES = "certificates"


Onlys = Annotated[
    Only | None,
    option("--only", "Only certificates that are due, for a scheduled job.", metavar="certificates"),
]
Targets = Annotated[
    list[str] | None, option("--target", "Only this address or what is below it.", metavar="ADDRESS")
]
Sites = Annotated[list[str] | None, option("--site", "Only this site.", metavar="NAME")]
Excludes = Annotated[
    list[str] | None, option("--exclude", "All but this address or what is below it.", metavar="ADDRESS")
]
Refresh = Annotated[bool, option("--refresh", "Looks at what runs, not only at what was applied.")]
MaxFail = Annotated[
    str | None,
    option(
        "--max-fail",
        "How much of a wave may fail before the rollout stops, instead of what the blueprint says: 10%.",
        metavar="SHARE",
    ),
]
LockTimeout = Annotated[
    str, option("--lock-timeout", "How long to wait for another apply to end: 30s, 5min.", metavar="DURATION")
]
AllowDataLoss = Annotated[
    bool,
    option(
        "--allow-data-loss", "Lets what holds data in a cloud be replaced or deleted; --yes alone does not."
    ),
]
Yes = Annotated[bool, option("--yes", "Goes on without a question.", short="-y")]


@dataclass(frozen=True, slots=True)
class Limits:
    """The units that are meant."""

    targets: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    def flags(self) -> list[str]:
        """The options that say the same, for commands that people are told to type."""
        words = [("--target", self.targets), ("--site", self.sites), ("--exclude", self.excludes)]
        return [word for flag, values in words for value in values for word in (flag, value)]


def limits(target: list[str] | None, site: list[str] | None, exclude: list[str] | None) -> Limits:
    """The limits as given on the command line."""
    return Limits(tuple(target or ()), tuple(site or ()), tuple(exclude or ()))


def options(
    chosen: Limits,
    refresh: bool = False,
    lock_timeout: str = "0s",
    purge_data: bool = False,
    max_fail: str | None = None,
    only: Only | None = None,
    allow_data_loss: bool = False,
    saved: bool = False,
) -> Options:
    """The session's options."""
    from aiotctl.engine.selection import Selection
    from aiotctl.session.planning import Options

    selection = Selection(chosen.targets, chosen.sites, chosen.excludes)
    certificates = only is Only.CERTIFICATES
    return Options(
        selection,
        refresh,
        seconds(lock_timeout),
        purge_data,
        share(max_fail),
        certificates,
        allow_data_loss,
        saved,
    )


def seconds(text: str) -> float:
    """A duration as people write it, in seconds."""
    from aiotctl.quantities import duration_ms

    found = duration_ms(text) if not text.isdigit() else int(text) * 1000
    if found is None:
        raise failure(
            "duration-form",
            "This is no duration",
            f"{text!r} is not a number with its unit.",
            "Write 30s, 5min or 1h.",
            Exit.USAGE,
        )
    return found / 1000


def share(text: str | None) -> Decimal | None:
    """A share as people write it, in percent; None where none is given."""
    from aiotctl.quantities import PERCENT_PATTERN, percent

    if text is None:
        return None
    written = text if text.endswith("%") else f"{text}%"
    if not re.match(PERCENT_PATTERN, written):
        raise failure(
            "share-form", "This is no share", f"{text!r} is not a percentage.", "Write 5% or 0.", Exit.USAGE
        )
    return percent(written)


def command(here: Context, verb: str, *words: str) -> str:
    """A command line that a person can type: the same project and environment, and these words."""
    place = [word for option in here.place.items() for word in option]
    return shlex.join(["aiotctl", verb, *place, *words])
