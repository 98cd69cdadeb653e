"""Which units an operation is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Selection:
    """``targets`` and ``excludes`` are unit addresses or prefixes of them (``site/…`` addresses of gateways
    too);
    ``sites`` names of sites. Empty means everything."""

    targets: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return not (self.targets or self.sites or self.excludes)

    def covers(self, unit: str, site: str) -> bool:
        """Whether a unit is selected."""
        if self.excludes and not _units_of(self.excludes).isdisjoint(_prefixes(unit)):
            return False
        if self.sites and site not in self.sites:
            return False
        return not self.targets or not _units_of(self.targets).isdisjoint(_prefixes(unit))

    def unknown(self, units: dict[str, str]) -> tuple[str, ...]:
        """Words of the selection that select nothing; ``units`` maps unit addresses to their sites."""
        if self.is_whole:
            return ()
        there = {prefix for unit in units for prefix in _prefixes(unit)}
        words = [word for word in (*self.targets, *self.excludes) if _unit_of(word.rstrip("/")) not in there]
        sites = set(units.values())
        return tuple(words + [site for site in self.sites if site not in sites])


@cache
def _units_of(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_unit_of(word.rstrip("/")) for word in words)


def _prefixes(unit: str) -> Iterator[str]:
    """A unit's address and those above it: ``host/a/gw``, ``host/a``, ``host``."""
    while unit:
        yield unit
        unit = unit.rpartition("/")[0]


def _unit_of(word: str) -> str:
    """A gateway's or site's address as people know it, as the address of the host unit."""
    words = word.split("/")
    if words[0] == "site" and len(words) == 2:
        return f"host/{words[1]}"
    if words[0] == "site" and len(words) >= 4 and words[2] == "gateway":
        return f"host/{words[1]}/{words[3]}"
    if words[0] == "host" and "service" in words:
        return "/".join(words[: words.index("service")])
    return word
