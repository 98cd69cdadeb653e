"""The catalog's programs, by the toolbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aiotctl.backends.surroundings import Program
from aiotctl.model.events import Event


def obtain(names: Sequence[str], tell: Callable[[Event], None], arch: str = "") -> Mapping[str, Program]:
    """Finds or obtains programs, for machines of an architecture (empty: this machine's). Raises AiotctlError
    where one cannot be had.
    """
    from aiotctl.toolbox.agents_tree import NAME, agents_tree
    from aiotctl.toolbox.obtain import ensure
    from aiotctl.toolbox.settings import from_environment

    settings = from_environment().wanting(arch)
    found: dict[str, Program] = dict(ensure([name for name in names if name != NAME], tell, settings))
    if NAME in names:
        found[NAME] = agents_tree(settings.arch, tell)
    return found
