"""The whole way from a blueprint's file to the bundle of one environment, one stage a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from aiotctl import __version__
from aiotctl.collection import uncollected
from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.errors import AiotctlError, Exit
from aiotctl.model.bundle import Bundle
from aiotctl.model.deployment import Deployment
from aiotctl.pipeline.check import check, check_all
from aiotctl.pipeline.chosen import chosen
from aiotctl.pipeline.emit import emit
from aiotctl.pipeline.load import ReadBytes, load, read_bytes
from aiotctl.pipeline.resolve import resolve
from aiotctl.pipeline.validate import validate

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Compiled:
    """One environment, compiled. ``warnings`` are findings that stop nothing."""

    deployment: Deployment
    bundle: Bundle
    warnings: tuple[Diagnostic, ...]


@uncollected()
def compile_environment(file: str | Path, environment: str | None, read: ReadBytes = read_bytes) -> Compiled:
    """Compiles one environment of the blueprint in ``file``; None where only one can be meant.

    Raises AiotctlError (INVALID) with all findings where any of them is an error.
    """
    loaded = load(file, read)
    validated = validate(loaded.document)
    blueprint = _sound(validated.blueprint, (*loaded.findings, *validated.findings))
    resolved = resolve(blueprint, chosen(blueprint, environment))
    deployment = _sound(resolved.deployment, resolved.findings)
    findings = loaded.document.diagnostics((*check_all(blueprint), *check(deployment)))
    _sound(deployment, findings)
    warnings = (*loaded.findings, *validated.findings, *findings)
    return Compiled(deployment, emit(deployment, __version__), warnings)


def _sound(value: T | None, findings: tuple[Diagnostic, ...]) -> T:
    """The value, if nothing found is an error."""
    if value is None or any(finding.severity is Severity.ERROR for finding in findings):
        raise AiotctlError(findings, Exit.INVALID)
    return value
