"""One value of a device as it is now: what `read` found and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from aiotctl.model.quality import Quality

Value = bool | int | float | Decimal | str
"""A value in its declared unit; whole and scaled numbers are exact decimals."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """The same bytes read another way. ``declared`` marks the way that the blueprint says."""

    type: str
    word_order: str
    byte_order: str
    value: str
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A decoded value: None where there is none, with its quality and, in words, why it is not good."""

    value: Value | None
    quality: Quality = Quality.GOOD
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One point as it is now.

    ``source`` is the register, node or topic that was asked; ``raw`` what came, as bytes; ``judged`` the
    declared value with ``name`` of its enumerated state; ``alternatives`` every other order and type;
    ``facts`` what else the protocol says (label, text).
    """

    address: str
    endpoint: str
    source: str
    raw: bytes
    judged: Judged
    unit: str
    name: str = ""
    alternatives: tuple[Alternative, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
