"""Text of the user made harmless in Telegraf's TOML and in Starlark.

Both languages know the same escapes in a quoted string. Telegraf puts environment variables into the strings
of its file after it has read them, so there an escape does not help and ``$`` is doubled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aiotctl.model.primitives import Part, Quoting, Ref, SecretRef, Text

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
_SPECIAL = re.compile(r'[^ -~]|[\\"]')
REPLACEMENT = "\ufffd"


def quote(text: str) -> str:
    """A quoted string of Starlark, in ASCII."""
    return f'"{escape(text)}"'


def quote_toml(text: str) -> str:
    """A quoted string of Telegraf's file, in ASCII."""
    return quote(text.replace("$", "$$"))


def escape(text: str) -> str:
    """The inside of a quoted string. A lone surrogate, which no UTF-8 file can hold, becomes U+FFFD."""
    return _SPECIAL.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    if char in _SHORT:
        return _SHORT[char]
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
    return joined(('"', *(quote_toml(part)[1:-1] if isinstance(part, str) else part for part in text), '"'))


def _with_quotes(part: Part) -> Part:
    if isinstance(part, str):
        return quote_toml(part)
    if isinstance(part, Ref):
        return Ref(part.address, part.attribute, Quoting.TELEGRAF)
    return SecretRef(part.name, Quoting.TELEGRAF)


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
