"""Units as UCUM codes: what they measure, and how one is converted into another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import cache

from aiotctl.units_table import ATOMS, PREFIXES

Dimension = tuple[tuple[str, int], ...]
"""Base units with their exponents, sorted; a unit on a scale of its own is a base of its own."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: ``base = value * factor + offset`` in the base units of its dimension."""

    code: str
    dimension: Dimension
    factor: Decimal
    offset: Decimal = Decimal(0)


OFFSETS = {"Cel": Decimal("273.15"), "[degF]": Decimal("459.67") * 5 / 9}
"""Scales whose zero is not that of the kelvin; as part of a product only their steps count."""

_SPELLINGS = {
    "Cel": "°C C° degC celsius Celsius",
    "[degF]": "°F F° degF",
    "K": "°K Kelvin kelvin",
    "kW.h": "kWh",
    "W.h": "Wh",
    "MW.h": "MWh",
    "GW.h": "GWh",
    "A.h": "Ah",
    "mA.h": "mAh",
    "V.A": "VA",
    "kV.A": "kVA",
    "MV.A": "MVA",
    "V.A{reactive}": "var VAr VAR",
    "kV.A{reactive}": "kvar kVAr kVAR",
    "V.A.h{reactive}": "varh VArh",
    "kV.A.h{reactive}": "kvarh kVArh",
    "kV.A.h": "kVAh",
    "N.m": "Nm",
    "kN.m": "kNm",
    "{rev}/min": "rpm RPM",
    "[psi]": "psi PSI",
    "[ppm]": "ppm",
    "[ppb]": "ppb",
    "m2": "m² sqm",
    "m3": "m³ cbm",
    "m3/h": "m³/h m3h",
    "m3/h{norm}": "Nm3/h Nm³/h",
    "m3/h{standard}": "Sm3/h Sm³/h",
    "m/s2": "m/s²",
    "um": "µm μm",
    "us": "µs μs",
    "uA": "µA μA",
    "uS/cm": "µS/cm μS/cm",
    "Ohm": "ohm Ω",
    "kOhm": "kohm kΩ",
    "%{RH}": "%RH RH %rH",
    "deg": "° degree degrees",
    "s": "sec second seconds",
    "h": "hr hour hours",
    "[in_i]": "inch in",
    "[gal_us]": "gal gallon",
    "[lb_av]": "lb lbs",
    "[HP]": "hp",
    "mm[Hg]": "mmHg Torr torr",
    "[in_i'Hg]": "inHg",
    "mm[H2O]": "mmH2O mmWC",
    "bar{gauge}": "barg bar(g)",
    "bar{absolute}": "bara bar(a)",
    "{pieces}": "pcs piece pieces",
    "{count}": "count counts",
    "By": "Byte Bytes byte bytes",
    "1": "none -",
}
SLIPS = {slip: code for code, slips in _SPELLINGS.items() for slip in slips.split()}
"""What people write, and the code they mean."""

SURPRISES = {
    "C": ("coulombs", "Cel"),
    "F": ("farads", "[degF]"),
    "ft": ("femtotonnes", "[ft_i]"),
    "pH": ("picohenries", "[pH]"),
    "MB": ("megabels", "MBy"),
    "kB": ("kilobels", "kBy"),
}
"""Codes that are sound and hardly ever meant on a machine: what they are, and what is likely meant."""

_SYMBOL = re.compile(r"(?:\[[^\[\]{}]*\]|[^\[\]{}()./])+")
_EXPONENT = re.compile(r"(.*?[^0-9+-])([+-]?[0-9]{1,2})")
_LONGEST = 60
_TIDY = Context(prec=24)


class _NotUcum(Exception):  # noqa: N818 - it ends the parsing, and is never shown
    """The text is no code."""


@cache
def unit(code: str) -> Unit | None:
    """The unit with this UCUM code; None where there is none."""
    if not code or len(code) > _LONGEST or not code.isascii() or not code.isprintable():
        return None
    try:
        offset = OFFSETS.get(code, Decimal(0))
        dimension, factor = _Parser(code).whole()
    except (_NotUcum, RecursionError):
        return None
    return Unit(code, tuple(sorted((base, n) for base, n in dimension.items() if n)), factor, offset)


def conversion(source: str, target: str) -> tuple[Decimal, Decimal] | None:
    """Factor and offset with ``target = source * factor + offset``; None where the two measure different
    things."""
    one, other = unit(source), unit(target)
    if one is None or other is None or one.dimension != other.dimension:
        return None
    return _tidy(one.factor / other.factor), _tidy((one.offset - other.offset) / other.factor)


def _tidy(number: Decimal) -> Decimal:
    """Without the last digits, in which a chain of divisions leaves its noise, and without trailing zeros."""
    return _TIDY.create_decimal(number).normalize()


def meant(code: str) -> str:
    """The UCUM code that was probably meant, empty where none comes to mind."""
    if code in SLIPS:
        return SLIPS[code]
    same = {
        known.lower(): known
        for known in ("kPa", "MPa", "mbar", "Pa", "bar", "kW", "MW", "mV", "kV", "Hz", "kHz")
    }
    return same.get(code.lower(), "")


class _Parser:
    """UCUM's grammar (sections 2.1 to 2.4): factors joined by ``.`` and ``/`` from left to right."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.at = 0

    def whole(self) -> tuple[dict[str, int], Decimal]:
        made = self.term()
        if self.at != len(self.code):
            raise _NotUcum
        return made

    def peek(self) -> str:
        return self.code[self.at : self.at + 1]

    def term(self) -> tuple[dict[str, int], Decimal]:
        dimension: dict[str, int] = {}
        factor = Decimal(1)
        sign = 1
        if self.peek() == "/":
            sign, self.at = -1, self.at + 1
        while True:
            own, size = self.component()
            for base, exponent in own.items():
                dimension[base] = dimension.get(base, 0) + sign * exponent
            factor = factor * size if sign > 0 else factor / size
            if self.peek() not in (".", "/") or not self.peek():
                return dimension, factor
            sign = 1 if self.peek() == "." else -1
            self.at += 1

    def component(self) -> tuple[dict[str, int], Decimal]:
        if self.peek() == "(":
            self.at += 1
            made = self.term()
            if self.peek() != ")":
                raise _NotUcum
            self.at += 1
        elif self.peek() == "{":
            made = dict[str, int](), Decimal(1)
        else:
            made = self.symbol()
        if self.peek() == "{":
            end = self.code.find("}", self.at)
            if end < 0 or "{" in self.code[self.at + 1 : end]:
                raise _NotUcum
            self.at = end + 1
        return made

    def symbol(self) -> tuple[dict[str, int], Decimal]:
        found = _SYMBOL.match(self.code, self.at)
        if found is None:
            raise _NotUcum
        self.at = found.end()
        text = found[0]
        if text.isdigit():
            if not int(text):
                raise _NotUcum
            return {}, Decimal(text)
        power = _EXPONENT.fullmatch(text)
        name, exponent = (power[1], int(power[2])) if power else (text, 1)
        dimension, factor = _atom(name)
        return {base: n * exponent for base, n in dimension.items()}, factor**exponent


@cache
def _atom(name: str) -> tuple[dict[str, int], Decimal]:
    """Dimension and factor of an atom, with or without a prefix."""
    if name in ATOMS:
        _, number, defining = ATOMS[name]
        if defining in ("", name):
            return {name: 1}, Decimal(1)
        over, _, under = number.partition("/")
        dimension, factor = _Parser(defining).whole()
        return dimension, factor * Decimal(over) / Decimal(under or 1)
    for prefix in sorted(PREFIXES, key=len, reverse=True):
        rest = name.removeprefix(prefix)
        if rest != name and rest in ATOMS and ATOMS[rest][0]:
            dimension, factor = _atom(rest)
            return dimension, factor * Decimal(PREFIXES[prefix])
    raise _NotUcum
