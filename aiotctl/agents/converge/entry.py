"""The agent for callers that speak JSON: one manifest as text in, one answer as plain values out."""

from __future__ import annotations

import json
from typing import Any

from .apply import check, converge
from .differences import differences
from .errors import ConvergeError
from .manifest import Manifest
from .progress import noting
from .reading import read_manifest
from .removal import check_removal, destroy
from .report import Outcome


def answer(
    manifest_text: str,
    *,
    absent: bool = False,
    check_only: bool = False,
    with_diff: bool = False,
    purge_data: bool = False,
    adopt: bool = False,
) -> dict[str, Any]:
    """Converges or removes one host. The answer has `failed`, `changed`, `changes` and `failures`,
    on failure also `msg`, `detail` and `hint`, on demand `diff`; never the content of a secret file.
    """
    try:
        manifest = _parse(manifest_text)
        diff = differences(manifest) if with_diff and not absent else []
        outcome = _run(manifest, absent, check_only, purge_data, adopt)
    except ConvergeError as error:
        return {
            "failed": True,
            "changed": False,
            "msg": error.summary,
            "detail": error.detail,
            "hint": error.hint,
            "changes": [],
            "failures": [],
        }
    result: dict[str, Any] = {
        "failed": bool(outcome.failures),
        "changed": outcome.changed,
        "changes": [change.as_json() for change in outcome.changes],
        "failures": [failure.as_json() for failure in outcome.failures],
    }
    if with_diff:
        result["diff"] = diff
    if outcome.failures:
        names = ", ".join(failure.service for failure in outcome.failures)
        result["msg"] = f"not healthy: {names}"
        result["detail"] = "; ".join(f"{f.service}: {f.reason}" for f in outcome.failures)
        result["hint"] = f"see the logs in {manifest.root}/logs"
    return result


def _parse(text: str) -> Manifest:
    try:
        value: object = json.loads(text)
    except ValueError as error:
        # Only the place: the text may hold secrets.
        raise ConvergeError("the manifest is no JSON", f"{type(error).__name__} while reading it") from None
    return read_manifest(value)


def _run(manifest: Manifest, absent: bool, check_only: bool, purge_data: bool, adopt: bool) -> Outcome:
    root, owner = manifest.root, manifest.owner
    if check_only and absent:
        return check_removal(root, owner, purge_data=purge_data, adopt=adopt)
    if check_only:
        return check(manifest, purge_data=purge_data, adopt=adopt)
    tell = noting(root)
    if absent:
        return destroy(root, owner, purge_data=purge_data, adopt=adopt, tell=tell)
    return converge(manifest, purge_data=purge_data, adopt=adopt, tell=tell)
