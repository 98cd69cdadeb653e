"""Writes Telegraf's configuration: sections of keys, values quoted, references kept as parts of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aiotctl.catalog.collectors.telegraf.quoting import joined, quote_toml, quoted
from aiotctl.model.primitives import Part, Text


@dataclass(frozen=True, slots=True)
class Bound:
    """A string that holds references."""

    text: Text


Value = str | int | float | bool | Bound | Sequence["Value"] | Mapping[str, "Value"]


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the file; ``many`` writes ``[[name]]``. Names and keys are the compiler's own words, never
    the user's.
    """

    name: str
    values: Mapping[str, Value]
    many: bool = True
    sections: tuple[Section, ...] = ()


def render(sections: Sequence[Section]) -> Text:
    """The file's text. Sections within a section are written below it with its name in front."""
    parts: list[Part] = []
    for section in sections:
        parts += _section(section, "")
    return joined(parts)


def _section(section: Section, parent: str) -> Iterator[Part]:
    name = f"{parent}.{section.name}" if parent else section.name
    depth = "  " * (name.count(".") - 1 if parent else 0)
    yield "" if parent else "\n"
    yield f"{depth}[[{name}]]\n" if section.many else f"{depth}[{name}]\n"
    for key, value in section.values.items():
        yield f"{depth}  {key} = "
        yield from _value(value)
        yield "\n"
    for inner in section.sections:
        yield from _section(inner, name)


def _value(value: Value) -> Iterator[Part]:
    if isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, int | float):
        yield repr(value)
    elif isinstance(value, str):
        yield quote_toml(value)
    elif isinstance(value, Bound):
        yield from quoted(value.text)
    elif isinstance(value, Mapping):
        yield "{"
        for n, (key, item) in enumerate(value.items()):
            yield f"{', ' if n else ' '}{key} = "
            yield from _value(item)
        yield " }"
    else:
        yield "["
        for n, item in enumerate(value):
            yield ", " if n else ""
            yield from _value(item)
        yield "]"
