"""One register, node or topic as it is now.

Message of the stream: ``reading`` (address, endpoint, source, raw (hex), value (text), unit, name, quality,
quality_words, why, alternatives [{type, word_order, byte_order, value, declared}], facts {name: text}).
"""

from __future__ import annotations

from decimal import Decimal

from aiotctl.model.reading import Alternative, Reading, Value
from aiotctl.views.output import Field, Output, Screen
from aiotctl.views.table import Column, show_table
from aiotctl.views.text import Part, Style
from aiotctl.views.verify import quality_words

_COLUMNS = (
    Column("type"),
    Column("word order"),
    Column("byte order"),
    Column("value", right=True, least=10),
    Column(""),
)
_BYTES_A_LINE = 16


def show_reading(reading: Reading, raw: bool, output: Output) -> None:
    """One reading; ``raw`` with its bytes and every other order of them."""
    if output.stream is not None:
        output.stream.write("reading", **_fields(reading))
    if output.screen is not None:
        _show(reading, raw, output.screen)


def _show(reading: Reading, raw: bool, screen: Screen) -> None:
    judged = reading.judged
    screen.line((Style.STRONG, reading.address))
    good = judged.quality == 0
    value = quality_words(judged.quality) if judged.value is None else _text(judged.value)
    parts: list[Part] = ["  ", (Style.GOOD if good else Style.BAD, value), _unit(reading)]
    if reading.name:
        parts.append(f" ({reading.name})")
    if not good:
        words = "" if judged.value is None else f", {quality_words(judged.quality)}"
        parts.append((Style.DOUBTFUL, words + (f": {judged.why}" if judged.why else "")))
    screen.line(*parts)
    screen.line("  ", (Style.FAINT, f"{reading.source} at {reading.endpoint}"))
    if raw:
        for name, text in reading.facts:
            screen.line("  ", (Style.FAINT, f"{name}: {text}"))
        _show_bytes(reading.raw, screen)
        if reading.alternatives:
            show_table(screen, _COLUMNS, [_row(one) for one in reading.alternatives], "  ")


def _show_bytes(content: bytes, screen: Screen) -> None:
    for start in range(0, len(content), _BYTES_A_LINE):
        piece = content[start : start + _BYTES_A_LINE]
        seen = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in piece)
        screen.line("  ", (Style.FAINT, f"{start:04x}"), f"  {piece.hex(' '):<47}  ", (Style.FAINT, seen))


def _row(one: Alternative) -> list[Part]:
    cells = [one.type, one.word_order, one.byte_order, one.value]
    if one.declared:
        return [*((Style.GOOD, cell) for cell in cells), (Style.GOOD, "as declared")]
    return [*cells, ""]


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _unit(reading: Reading) -> str:
    return "" if reading.unit in ("", "1") or reading.judged.value is None else f" {reading.unit}"


def _fields(reading: Reading) -> dict[str, Field]:
    value = reading.judged.value
    return {
        "address": reading.address,
        "endpoint": reading.endpoint,
        "source": reading.source,
        "raw": reading.raw.hex(),
        "value": None if value is None else _text(value),
        "unit": reading.unit,
        "name": reading.name,
        "quality": int(reading.judged.quality),
        "quality_words": quality_words(reading.judged.quality),
        "why": reading.judged.why,
        "alternatives": [
            {
                "type": one.type,
                "word_order": one.word_order,
                "byte_order": one.byte_order,
                "value": one.value,
                "declared": one.declared,
            }
            for one in reading.alternatives
        ],
        "facts": dict(reading.facts),
    }
