"""Paths into a JSON payload."""

from __future__ import annotations

import re


def path_keys(path: str) -> tuple[str, ...]:
    r"""The keys of a path: dots join them, ``\.`` is a dot within a key."""
    return tuple(key.replace("\\.", ".") for key in re.split(r"(?<!\\)\.", path))
