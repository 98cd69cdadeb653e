"""Quotes identifiers and literals for PostgreSQL. Names and texts of a blueprint reach SQL through these
alone.
"""

from __future__ import annotations

import hashlib

LONGEST_IDENTIFIER = 63
"""Bytes of an identifier that PostgreSQL keeps; it silently cuts longer ones, so that two could become one.
"""


def identifier(name: str) -> str:
    """A quoted identifier. NUL cannot be part of one."""
    return '"' + name.replace("\0", "").replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string constant, right whatever ``standard_conforming_strings`` says."""
    plain = text.replace("\0", "").replace("'", "''")
    return f" E'{plain.replace(chr(92), chr(92) * 2)}'" if "\\" in plain else f"'{plain}'"


def fitting(name: str) -> str:
    """The name itself, or where it is too long its beginning and a digest that keeps it distinct."""
    if len(name.encode()) <= LONGEST_IDENTIFIER:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    head = name.encode()[: LONGEST_IDENTIFIER - 9].decode(errors="ignore")
    return f"{head}_{digest}"


class Namer:
    """Gives each thing of one namespace an identifier of its own: ``-`` becomes ``_``, what is taken gets a
    number.
    """

    def __init__(self, *taken: str) -> None:
        self._taken = set(taken)

    def __call__(self, wanted: str) -> str:
        """A fitting identifier that has not been given out before."""
        base = fitting(wanted.replace("-", "_"))
        name, count = base, 1
        while name in self._taken:
            count += 1
            name = fitting(f"{base[: LONGEST_IDENTIFIER - 6]}_{count}")
        self._taken.add(name)
        return name
