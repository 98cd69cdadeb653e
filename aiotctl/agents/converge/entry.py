"""The agent for callers that speak JSON: one manifest as text in, one answer as plain values out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import detached, transaction
from .apply import check, converge
from .differences import differences
from .errors import ConvergeError
from .manifest import Manifest
from .progress import noting
from .reading import read_manifest
from .removal import check_removal, destroy
from .report import Outcome
from .telling import failed, told


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
    on failure also `msg`, `detail` and `hint`, on demand `diff`, and `pending` where it goes back unless
    it is confirmed; never the content of a secret file.
    """
    try:
        value = _parse(manifest_text)
        manifest = read_manifest(value)
        diff = differences(manifest) if with_diff and not absent else []
        if manifest.confirm and not check_only and not absent:
            result = detached.run(manifest, value, adopt=adopt, purge_data=purge_data)
        else:
            result = told(manifest, _run(manifest, absent, check_only, purge_data, adopt))
            if manifest.runtime == "systemd" and not (absent or check_only or result["failed"]):
                transaction.remember(manifest.root, value)
    except ConvergeError as error:
        return failed(error)
    return {**result, "diff": diff} if with_diff else result


def confirm(root: str, change: str) -> dict[str, Any]:
    """Makes a change stay; the answer has `failed`, `changed` and, on failure, `msg`, `detail` and `hint`."""
    try:
        return {"failed": False, "changed": transaction.confirm(Path(root), change)}
    except ConvergeError as error:
        return failed(error)


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        # Only the place: the text may hold secrets.
        raise ConvergeError("the manifest is no JSON", f"{type(error).__name__} while reading it") from None


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
