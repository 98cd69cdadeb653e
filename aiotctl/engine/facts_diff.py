"""Differences between two trees of facts, leaf by leaf."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from aiotctl.model.blueprint import Json
from aiotctl.model.plan import FactChange


def differences(
    before: Json, after: Json, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str | None, str | None]]:
    """Yields (path, before, after); a side that is absent is None. A whole branch that came or went is one
    difference.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from differences(before.get(key), after.get(key), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, (*path, str(index)))
    elif before != after and not _both_nan(before, after):
        yield path, text(before), text(after)


def _both_nan(before: Json, after: Json) -> bool:
    """Whether both are the one number that does not equal itself."""
    return isinstance(before, float) and isinstance(after, float) and before != before and after != after


def text(value: Json) -> str | None:
    """A fact as people read it; None stays None."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def between(first: Mapping[str, Json], second: Mapping[str, Json]) -> Iterator[FactChange]:
    """The differences of two sets of facts, each by the address of what it is of."""
    for address in [*first, *(address for address in second if address not in first)]:
        before, after = first.get(address), second.get(address)
        if before is None or after is None:
            yield FactChange(address, (), None if before is None else "", None if after is None else "", ())
            continue
        for path, was, will in differences(before, after):
            yield FactChange(address, path, was, will, ())
