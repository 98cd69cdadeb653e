"""Reads a price file: a person's own prices a month, in TOML. Strict, so that a slip costs nothing."""

from __future__ import annotations

import math
import tomllib
from dataclasses import fields
from typing import TypeGuard, cast

from aiotctl.errors import AiotctlError, Exit, failure
from aiotctl.model.sizing import KINDS, Price, Prices

QUANTITIES = tuple(field.name for field in fields(Price))


def read_prices(content: bytes, name: str) -> Prices:
    """The prices in a file. Raises AiotctlError (USAGE) for one that is none."""
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unfit(name, f"it is no TOML: {error}") from None
    unknown = sorted(data.keys() - {"currency", "note", *KINDS})
    if unknown:
        raise _unfit(name, f"`{unknown[0]}` is none of currency, note, {', '.join(KINDS)}")
    currency, note = data.get("currency"), data.get("note", "")
    if not isinstance(currency, str) or not currency or not isinstance(note, str):
        raise _unfit(name, '`currency` is a text, as in `currency = "EUR"`, and so is `note`')
    return Prices(currency, {kind: _price(data.get(kind, {}), kind, name) for kind in KINDS}, note)


def _price(data: object, kind: str, name: str) -> Price:
    told = cast("dict[str, object]", data) if isinstance(data, dict) else {"": data}
    prices = {quantity: float(price) for quantity, price in told.items() if _is_price(price)}
    if prices.keys() != told.keys() or not prices.keys() <= set(QUANTITIES):
        raise _unfit(name, f"[{kind}] holds numbers from 0 on for {', '.join(QUANTITIES)}")
    return Price(**prices)


def _is_price(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def _unfit(name: str, why: str) -> AiotctlError:
    return failure(
        "price-file",
        "These are no prices",
        f"{name}: {why}.",
        "See docs/guides/prices.toml for the form.",
        Exit.USAGE,
    )
