"""Text written into unit files and environment files so that it stays text."""

from __future__ import annotations

import re

from .errors import ManifestError

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\", "%": "%%"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PLAIN_PATH = re.compile(r"/[A-Za-z0-9_.,+@/-]+")
"""A path that means itself in every setting of a unit, quoted or not."""


def word(text: str) -> str:
    """One word of a list setting: specifiers and escapes mean themselves.

    In ExecStart= the program needs the prefix ``:`` as well, without which ``$`` would name a variable.
    """
    return '"' + "".join(_escaped(mark) for mark in _text(text)) + '"'


def command(words: tuple[str, ...]) -> str:
    """The value of ExecStart= that runs exactly these words."""
    return " ".join((word(":" + words[0]), *map(word, words[1:])))


def environment(variables: dict[str, str]) -> str:
    """The content of an environment file."""
    lines: list[str] = []
    for name, value in variables.items():
        if not _NAME.fullmatch(name):
            raise ManifestError(f"{name!r} is not the name of an environment variable")
        quoted = re.sub(r'(["\\`$])', r"\\\1", _text(value))
        lines.append(f'{name}="{quoted}"\n')
    return "".join(lines)


def _escaped(mark: str) -> str:
    if mark in _SHORT:
        return _SHORT[mark]
    return f"\\x{ord(mark):02x}" if ord(mark) < 0x20 or ord(mark) == 0x7F else mark


def _text(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ManifestError("systemd takes only UTF-8: a command or environment value is not") from None
    return text
