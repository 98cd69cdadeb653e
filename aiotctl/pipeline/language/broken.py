"""Which parts of a blueprint have findings, so that nothing that follows from them is told as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aiotctl.findings import Finding, Path


class Ledger:
    """Collects findings and answers whether there are any at or below a path.

    ``gaps`` are the paths below which a file could not be read. With an ``environment`` every finding is told
    to come from it, so that its overlay is looked at first for the place.
    """

    __slots__ = ("_touched", "environment", "findings", "gaps")

    def __init__(
        self, findings: Iterable[Finding] = (), gaps: frozenset[Path] = frozenset(), environment: str = ""
    ) -> None:
        self.gaps = gaps
        self.findings: list[Finding] = []
        self.environment = ""
        self._touched: set[Path] = {gap[:length] for gap in gaps for length in range(len(gap) + 1)}
        for finding in findings:
            self.add(finding)
        self.environment = environment

    def add(self, finding: Finding) -> None:
        """Notes a finding."""
        if self.environment and not finding.environment:
            finding = replace(finding, environment=self.environment)
        self.findings.append(finding)
        path = finding.path
        self._touched.update(path[:length] for length in range(len(path) + 1))

    def broken(self, path: Path) -> bool:
        """Whether there is a finding at this path or below it."""
        return path in self._touched

    def whole(self, *path: str) -> bool:
        """Whether everything below a path could be read; where it could not, a name that is missing may have
        been there."""
        return path not in self.gaps
