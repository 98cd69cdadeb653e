"""What differs on this host from a manifest, asked from afar; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .converge.apply import check
from .converge.errors import ConvergeError
from .converge.reading import read_manifest
from .converge.removal import check_removal
from .converge.report import Outcome


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """`changes` as converge tells them, or `error`. The request has `manifest`, `mode` (apply or destroy),
    `purge_data` and `adopt`.
    """
    try:
        outcome = _look(request)
    except ConvergeError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"error": f"{error.filename}: {error.strerror}"}
    return {"changes": [change.as_json() for change in outcome.changes]}


def _look(request: Mapping[str, Any]) -> Outcome:
    manifest = read_manifest(request["manifest"])
    purge_data, adopt = bool(request["purge_data"]), bool(request["adopt"])
    if request["mode"] == "destroy":
        return check_removal(manifest.root, manifest.owner, adopt=adopt, purge_data=purge_data)
    return check(manifest, adopt=adopt, purge_data=purge_data)
