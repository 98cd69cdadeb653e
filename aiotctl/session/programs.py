"""The catalog's programs, by the toolbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aiotctl.backends.surroundings import Program
from aiotctl.model.events import Event


def obtain(names: Sequence[str], tell: Callable[[Event], None]) -> Mapping[str, Program]:
    """Finds or obtains programs. Raises AiotctlError where one cannot be had."""
    from aiotctl.toolbox.obtain import ensure

    return ensure(names, tell)
