"""Which units an operation is about."""

from __future__ import annotations

from dataclasses import dataclass


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
        if any(_below(unit, exclude) for exclude in self.excludes):
            return False
        if self.sites and site not in self.sites:
            return False
        return not self.targets or any(_below(unit, target) for target in self.targets)

    def unknown(self, units: dict[str, str]) -> tuple[str, ...]:
        """Words of the selection that select nothing; ``units`` maps unit addresses to their sites."""
        words = [w for w in (*self.targets, *self.excludes) if not any(_below(u, w) for u in units)]
        return tuple(words + [s for s in self.sites if s not in units.values()])


def _below(unit: str, word: str) -> bool:
    wanted = _unit_of(word.rstrip("/"))
    return unit == wanted or unit.startswith(wanted + "/")


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
