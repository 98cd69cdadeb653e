"""Text of the user made harmless in Telegraf's TOML and in Starlark.

Both languages know the same escapes in a quoted string, so one function serves both. ``$`` and ``#`` are
written as escapes too: Telegraf substitutes environment variables and cuts comments in the file's text before
it reads the TOML.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiotctl.model.primitives import Part, Quoting, Ref, Text

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
_ESCAPED = "$#"
REPLACEMENT = "\ufffd"


def quote(text: str) -> str:
    """A quoted string of TOML and of Starlark alike, in ASCII."""
    return f'"{escape(text)}"'


def escape(text: str) -> str:
    """The inside of a quoted string. A lone surrogate, which no UTF-8 file can hold, becomes U+FFFD."""
    return "".join(_escape(char) for char in text)


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if " " <= char <= "~" and char not in _ESCAPED:
        return char
    if "\ud800" <= char <= "\udfff":
        char = REPLACEMENT
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def quoted(text: Text) -> Text:
    """A quoted TOML string put together of literals and references.

    A reference alone brings its own quotes, whatever it is bound to; among literals it is written as it is,
    which suits addresses and paths that the compiler itself has bound.
    """
    if len(text) == 1 and not isinstance(text[0], str):
        return (_with_quotes(text[0]),)
    return joined(('"', *(escape(part) if isinstance(part, str) else part for part in text), '"'))


def _with_quotes(part: Part) -> Part:
    if isinstance(part, str):
        return quote(part)
    if isinstance(part, Ref):
        return Ref(part.address, part.attribute, Quoting.TOML)
    return type(part)(part.name, Quoting.TOML)


def joined(parts: Iterable[Part]) -> Text:
    """The same text with neighbouring literals made one, so that equal texts compare equal."""
    result: list[Part] = []
    literal: list[str] = []
    for part in parts:
        if isinstance(part, str):
            literal.append(part)
            continue
        if literal:
            result.append("".join(literal))
            literal.clear()
        result.append(part)
    if literal:
        result.append("".join(literal))
    return tuple(result)
