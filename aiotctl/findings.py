"""Findings about a blueprint, before they get their place in a file.

The language, the catalog and the rules tell what is wrong by the path of keys in the blueprint (``("sites",
"plant-a", "devices", "press-1", "endpoint")``); the document turns paths into places. So no stage has to
carry lines and columns along, and the common case, a blueprint without a finding, pays nothing for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from aiotctl.diagnostics import Severity

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: what the reference documents. ``summary`` is constant text; ``explanation`` a
    paragraph on why."""

    code: str
    summary: str
    explanation: str
    severity: Severity = Severity.ERROR

    def at(
        self,
        path: Path,
        detail: str,
        remedy: str,
        *,
        on_key: bool = False,
        related: Iterable[tuple[Path, str]] = (),
        environment: str = "",
        address: str = "",
    ) -> Finding:
        """A finding of this kind at a path; ``on_key`` marks the key rather than its value."""
        return Finding(self, path, detail, remedy, on_key, tuple(related), environment, address)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``environment`` names the one whose overlay is looked at first for the
    place."""

    kind: Kind
    path: Path
    detail: str
    remedy: str
    on_key: bool = False
    related: tuple[tuple[Path, str], ...] = ()
    environment: str = ""
    address: str = ""


def visible(text: str) -> str:
    """A text with what cannot be seen written as an escape: it may come from a file, and go to a terminal."""
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape", "surrogatepass").decode() for one in text
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """`` Did you mean …?`` where one of the known names is close, else nothing."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean `{by_lower[found[0]]}`?" if found else ""


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Names for a sentence: ``a, b, c``, cut where there are too many to read."""
    all_names = list(names)
    shown = ", ".join(f"`{name}`" for name in all_names[:limit])
    return (
        shown + (f" and {len(all_names) - limit} more" if len(all_names) > limit else "")
        if all_names
        else "none"
    )
