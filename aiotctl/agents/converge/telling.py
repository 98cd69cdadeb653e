"""What became of a host, as plain values for callers that speak JSON."""

from __future__ import annotations

from typing import Any

from .errors import ConvergeError
from .manifest import Manifest
from .report import Outcome


def failed(error: ConvergeError) -> dict[str, Any]:
    """The answer where it refused or could not go on."""
    return {
        "failed": True,
        "changed": False,
        "msg": error.summary,
        "detail": error.detail,
        "hint": error.hint,
        "changes": [],
        "failures": [],
    }


def told(manifest: Manifest, outcome: Outcome) -> dict[str, Any]:
    """The answer where it came to its end."""
    result: dict[str, Any] = {
        "failed": bool(outcome.failures),
        "changed": outcome.changed,
        "changes": [change.as_json() for change in outcome.changes],
        "failures": [failure.as_json() for failure in outcome.failures],
    }
    if outcome.failures:
        names = ", ".join(failure.service for failure in outcome.failures)
        result["msg"] = f"not healthy: {names}"
        result["detail"] = "; ".join(f"{f.service}: {f.reason}" for f in outcome.failures)
        logs = (
            f"in {manifest.root}/logs" if manifest.runtime == "process" else "with journalctl -u 'aiotctl-*'"
        )
        result["hint"] = f"see the logs {logs}"
    return result
