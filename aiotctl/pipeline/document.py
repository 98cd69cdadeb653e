"""What was read: plain data, the files it came from, and the place of every value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from aiotctl.diagnostics import Diagnostic, Place
from aiotctl.findings import Finding, Path, visible
from aiotctl.pipeline.language.positions import Spot, spots
from aiotctl.pipeline.language.table import Table


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its name as the person would write it, and its bytes."""

    file: str
    content: bytes


@dataclass(frozen=True)
class Document:
    """The blueprint as data, with every ``from:`` read in.

    ``mounts`` says under which paths which files were read in (file names in order of precedence); ``fleet``
    the rows of its table, None where there is none. ``sources`` are all files in the order of reading: their
    bytes, the catalog and the version determine every finding.
    """

    file: str
    data: dict[str, Any]
    sources: tuple[Source, ...]
    mounts: Mapping[Path, tuple[str, ...]] = field(default_factory=dict["Path", "tuple[str, ...]"])
    fleet: Table | None = None
    gaps: frozenset[Path] = frozenset()

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {source.file: source.content.decode("utf-8-sig", "replace") for source in self.sources}

    @cached_property
    def _trees(self) -> dict[str, Spot]:
        return {}

    def _tree(self, file: str) -> Spot:
        if file not in self._trees:
            self._trees[file] = spots(self._texts[file])
        return self._trees[file]

    def text(self, file: str) -> str:
        """The text of a file that was read, for showing a line of it."""
        return self._texts.get(file, "")

    def place(self, path: Path, *, on_key: bool = False, environment: str = "") -> Place:
        """Where the value at a path stands, or the deepest part of it that is written anywhere.

        With an environment its overlay is looked at first.
        """
        if environment:
            place, depth = self._deepest(("environments", environment, "overlay", *path), on_key)
            if depth > 3 and depth == len(path) + 3:
                return place
        place, depth = self._deepest(path, on_key)
        if depth < len(path) and self.fleet is not None:
            row = self.fleet.place(path)
            if row is not None:
                return row
        return place

    def _deepest(self, path: Path, on_key: bool) -> tuple[Place, int]:
        here: list[tuple[str, Spot]] = [(self.file, self._tree(self.file))]
        best, depth = here[0], 0
        walked: Path = ()
        for step in path:
            here = [*here, *((file, self._tree(file)) for file in self.mounts.get(walked, ()))]
            here = [(file, spot.below[step]) for file, spot in here if step in spot.below]
            if not here:
                break
            walked = (*walked, step)
            best, depth = here[0], depth + 1
        file, spot = best
        if (on_key or depth < len(path)) and spot.key_line:
            return Place(file, spot.key_line, spot.key_column), depth
        return Place(file, spot.line, spot.column), depth

    def diagnostics(self, findings: Iterable[Finding]) -> tuple[Diagnostic, ...]:
        """Findings with their places, in the order of the files."""
        return self.ordered(self._diagnostic(finding) for finding in findings)

    def ordered(self, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Diagnostics in the order of the files, each once."""
        order = {source.file: number for number, source in enumerate(self.sources)}
        return tuple(sorted(dict.fromkeys(diagnostics), key=lambda d: _order(d, order)))

    def _diagnostic(self, finding: Finding) -> Diagnostic:
        kind = finding.kind
        return Diagnostic(
            kind.code,
            kind.summary,
            visible(finding.detail),
            visible(finding.remedy),
            self.place(finding.path, on_key=finding.on_key, environment=finding.environment),
            kind.severity,
            visible(finding.address or address_of(finding.path)),
            tuple(
                (self.place(path, environment=finding.environment), word) for path, word in finding.related
            ),
        )


def _order(diagnostic: Diagnostic, order: dict[str, int]) -> tuple[int, int, int, str]:
    place = diagnostic.place or Place("")
    return order.get(place.file, len(order)), place.line, place.column, diagnostic.code


_SINGULAR = {
    "sites": "site", "gateways": "gateway", "devices": "device", "device_types": "device_type",
    "points": "point",     "pipelines": "pipeline", "environments": "environment", "platform": "platform",
}  # fmt: skip


def address_of(path: Path) -> str:
    """The address of the thing a path lies in: ``("sites", "a", "devices", "d", "unit_id")`` is
    ``site/a/device/d``."""
    return "/".join(_words(path))


def _words(path: Path) -> Iterator[str]:
    steps = iter(path)
    for step in steps:
        kind = _SINGULAR.get(str(step))
        name = next(steps, None)
        if kind is None or name is None:
            return
        yield kind
        yield str(name)
