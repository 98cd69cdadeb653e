"""Everything that can be said of a blueprint without applying it: the command ``validate``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aiotctl.collection import uncollected
from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.model.blueprint import Blueprint
from aiotctl.pipeline.check import Checker, check_all
from aiotctl.pipeline.document import Document
from aiotctl.pipeline.load import ReadBytes, load, read_bytes
from aiotctl.pipeline.resolve import resolve
from aiotctl.pipeline.validate import validate


@dataclass(frozen=True, slots=True)
class Examined:
    """A document, its blueprint (None where an error was found on the way to it) and all findings, in file
    order."""

    document: Document
    blueprint: Blueprint | None
    findings: tuple[Diagnostic, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing stands in the way of a plan."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


@uncollected()
def examine(file: str | Path, read: ReadBytes = read_bytes) -> Examined:
    """Loads and validates a blueprint, and checks each of its environments."""
    loaded = load(file, read)
    document = loaded.document
    validated = validate(document)
    findings = [*loaded.findings, *validated.findings]
    if validated.blueprint is not None:
        findings += document.diagnostics(check_all(validated.blueprint))
        checker = Checker()
        for name in validated.blueprint.environments:
            resolved = resolve(validated.blueprint, name)
            findings += resolved.findings
            if resolved.deployment is not None:
                findings += document.diagnostics(checker.check(resolved.deployment))
    return Examined(document, validated.blueprint, document.ordered(findings))
