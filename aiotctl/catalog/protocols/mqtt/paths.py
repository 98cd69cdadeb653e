"""Paths into a JSON payload."""

from __future__ import annotations


def path_keys(path: str) -> tuple[str, ...]:
    r"""The keys of a path: dots join them, ``\.`` is a dot within a key and ``\\`` a backslash."""
    keys, key = list[str](), ""
    chars = iter(path)
    for char in chars:
        if char == ".":
            keys.append(key)
            key = ""
        else:
            key += next(chars, char) if char == "\\" else char
    return (*keys, key)
