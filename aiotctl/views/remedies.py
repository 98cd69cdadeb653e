"""Commands within remedies, made to work as they stand: with the project and environment of the run that
tells them. Whoever finds a problem knows neither.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

_VERBS = "access [a-z]+|apply|build|destroy|logs|plan|read|show|status|unlock|verify"
_COMMAND = re.compile(rf"(?:(?<=`)|(?<=: ))(aiotctl (?:{_VERBS}))\b([^`\n]*)")
"""A command that works on an environment: between backticks, or after a colon up to the end of the line."""


def completed(remedy: str, options: Mapping[str, str]) -> str:
    """The remedy with these options (flag to value) in each command that does not have them."""

    def command(found: re.Match[str]) -> str:
        words = found[2].split()
        wanted = [word for flag, value in options.items() if flag not in words for word in (flag, value)]
        return " ".join([found[1], shlex.join(wanted)]).rstrip() + found[2]

    return _COMMAND.sub(command, remedy) if options else remedy
