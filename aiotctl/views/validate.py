"""What ``validate`` tells. Messages of the stream: each finding's ``diagnostic``, then ``validate_summary``
(file, valid, errors, warnings, and for a blueprint that could be read its sizes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.views.diagnostics import Sources, human_diagnostics, summary, write_diagnostics
from aiotctl.views.output import Output
from aiotctl.views.text import Style, count


def show_findings(
    findings: Sequence[Diagnostic],
    file: str,
    described: Mapping[str, int],
    output: Output,
    sources: Sources,
) -> None:
    """All findings and what they amount to. Here they are what was asked for, so they go to the data."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if output.stream is not None:
        write_diagnostics(findings, output.stream)
        output.stream.write(
            "validate_summary",
            file=file,
            valid=errors == 0,
            errors=errors,
            warnings=len(findings) - errors,
            **{f"{noun}s": number for noun, number in described.items()},
        )
    screen = output.screen
    if screen is None:
        return
    human_diagnostics(findings, screen, sources)
    if findings:
        screen.line()
        screen.line((Style.ERROR if errors else Style.WARNING, summary(findings)))
    if not errors:
        words = ", ".join(count(number, noun) for noun, number in described.items())
        screen.line((Style.GOOD, f"{file} is valid"), f": {words}")
