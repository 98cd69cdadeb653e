"""A quicker way through long sections that are written plainly: one ``key: value`` a line.

Such a section means the same to every reader of YAML. It is taken out of the text and read line by line,
which takes half of the time; the rest goes through libyaml, which also confirms that the section stood at the
top of the document. Anything unusual, and anything that is wrong, sends the whole text the long way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aiotctl.pipeline.language.events import Reader, Value
from aiotctl.pipeline.language.scalars import plain

SHORTEST = 500
"""Lines below which a section is not worth a way of its own."""

_TOP = re.compile(r"\n(?=[^ #\n])")
_HEAD = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,62}): *(?: #[ -~]*)?")
_LINE = re.compile(
    r"^(?:( *)([A-Za-z][A-Za-z0-9_-]{0,100}):"
    r'(?: ([A-Za-z0-9/][A-Za-z0-9_./+@%:# -]*)| "([ !#-\[\]-~]+)"| *(?: #[ -~]*)?)| *(?:#[ -~]*)?)$',
    re.MULTILINE,
)
"""Indentation, key, then a bare value, a quoted one, or nothing; or a line without any of them."""


def read(text: str) -> Value:
    """The document's value, or None where the long way has to be taken."""
    if text.count("\n") < SHORTEST:
        return None
    word = _absent(text)
    sections: dict[str, Value] = {}
    rest: list[str] = []
    for piece in _pieces(text):
        head, _, body = piece.partition("\n")
        found = _HEAD.fullmatch(head)
        value = lines(body) if found and body.count("\n") >= SHORTEST else None
        if found is None or value is None:
            rest.append(piece)
        else:
            sections[found[1]] = value
            rest.append(f"{found[1]}: {word}")
    return _confirmed("\n".join(rest), sections, word) if sections else None


def _pieces(text: str) -> Iterator[str]:
    """The text cut before every line that begins at its margin."""
    start = 0
    for found in _TOP.finditer(text):
        yield text[start : found.start()]
        start = found.end()
    yield text[start:]


def _absent(text: str) -> str:
    """A word that the text does not hold."""
    word = "section"
    while word in text:
        word += "-taken"
    return word


def _confirmed(rest: str, sections: dict[str, Value], word: str) -> Value:
    """The rest with the sections in their places; None where they did not stand at the top, each once."""
    reader = Reader(rest)
    value = reader.read()
    if reader.problems or not isinstance(value, dict):
        return None
    if any(value.get(name) != word for name in sections):
        return None
    value.update(sections)
    return value


def lines(text: str) -> dict[str, Value] | None:
    """The mapping in lines of ``key: value``; None where a line is anything else or does not fit its
    neighbours."""
    text = text.removesuffix("\n")
    found: list[tuple[str, str, str, str]] = _LINE.findall(text)
    if len(found) != text.count("\n") + 1:
        return None
    memo: dict[str, Any] = {}
    stack: list[tuple[str, dict[str, Value]]] = []
    here: dict[str, Value] | None = {}
    root, margin = here, None
    for spaces, key, bare, quoted in found:
        if spaces != margin:
            if not key:
                continue
            here = root if margin is None else _placed(spaces, margin, here, stack)
            margin = spaces
        if here is None or key in here:
            return None
        if bare:
            if bare not in memo and not _understood(bare, memo):
                return None
            here[key] = memo[bare]
        else:
            here[key] = quoted or None
    return root


def _placed(
    spaces: str, margin: str, here: dict[str, Value], stack: list[tuple[str, dict[str, Value]]]
) -> dict[str, Value] | None:
    """The mapping that a line of another indentation belongs to: a new one below the last key, or one further
    out."""
    if len(spaces) > len(margin):
        last = next(reversed(here))
        if here[last] is not None:
            return None
        made: dict[str, Value] = {}
        here[last] = made
        stack.append((margin, here))
        return made
    while stack:
        margin, here = stack.pop()
        if margin == spaces:
            return here
    return None


def _understood(bare: str, memo: dict[str, Any]) -> bool:
    """Remembers what a bare value means, a comment behind it taken off; false where that is not plain to
    see."""
    written = bare.partition(" #")[0].rstrip(" ")
    value = plain(written)
    if value is None or ": " in written or written.endswith(":"):
        return False
    memo[bare] = value
    return True
