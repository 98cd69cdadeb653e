"""Findings in the formats of code hosts: GitHub's workflow commands and SARIF 2.1.0."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Sequence

from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.views.diagnostics import ordered
from aiotctl.views.output import Field

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def github(diagnostics: Sequence[Diagnostic]) -> str:
    """One workflow command a finding: GitHub shows it beside the line of the change."""
    return "".join(_command(diagnostic) + "\n" for diagnostic in ordered(diagnostics))


def sarif(diagnostics: Sequence[Diagnostic], version: str) -> str:
    """A SARIF log, as code scanning takes it."""
    found = ordered(diagnostics)
    rules = {diagnostic.code: diagnostic.summary for diagnostic in found}
    log = {
        "$schema": _SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "aiotctl",
                        "version": version,
                        "rules": [
                            {"id": code, "shortDescription": {"text": text}}
                            for code, text in sorted(rules.items())
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(diagnostic) for diagnostic in found],
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _command(diagnostic: Diagnostic) -> str:
    kind = "error" if diagnostic.severity is Severity.ERROR else "warning"
    properties: dict[str, str] = {}
    if diagnostic.place is not None:
        properties["file"] = diagnostic.place.file
        if diagnostic.place.line:
            properties |= {"line": str(diagnostic.place.line), "col": str(max(diagnostic.place.column, 1))}
    properties["title"] = f"{diagnostic.summary} [{diagnostic.code}]"
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {listed}::{_data(_message(diagnostic))}"


def _message(diagnostic: Diagnostic) -> str:
    return "\n".join(filter(None, (diagnostic.detail, diagnostic.remedy)))


def _data(text: str) -> str:
    """GitHub's own escapes for the message; other control characters become visible ones."""
    kept = "".join(char if char in "\r\n" or char.isprintable() else f"\\x{ord(char):02x}" for char in text)
    return kept.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _result(diagnostic: Diagnostic) -> dict[str, Field]:
    result: dict[str, Field] = {
        "ruleId": diagnostic.code,
        "level": "error" if diagnostic.severity is Severity.ERROR else "warning",
        "message": {"text": _message(diagnostic)},
    }
    if diagnostic.place is not None:
        location: dict[str, Field] = {"artifactLocation": {"uri": urllib.parse.quote(diagnostic.place.file)}}
        if diagnostic.place.line:
            location["region"] = {
                "startLine": diagnostic.place.line,
                "startColumn": max(diagnostic.place.column, 1),
            }
        result["locations"] = [{"physicalLocation": location}]
    return result
