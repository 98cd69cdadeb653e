"""Where each value of a YAML file stands: a second pass over the same text, made only when there is something
to tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from yaml import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    YAMLError,
)

from aiotctl.pipeline.language.events import Parser


@dataclass(slots=True)
class Spot:
    """A value's line and column (from 1), its key's where it has one, and the spots below it."""

    line: int
    column: int
    key_line: int = 0
    key_column: int = 0
    below: dict[str | int, Spot] = field(default_factory=dict["str | int", "Spot"])


def spots(text: str) -> Spot:
    """The tree of places of a document; as far as it can be read where it is broken."""
    return _Surveyor(text).survey()


class _Surveyor:
    def __init__(self, text: str) -> None:
        self.parser: Any = Parser(text)
        self.anchors: dict[str, Spot] = {}
        self.root = Spot(1, 1)

    def survey(self) -> Spot:
        try:
            self.parser.get_event()
            self.parser.get_event()
            self.root = self.spot(self.parser.get_event(), self.root)
        except (YAMLError, _Unexpected):
            pass  # told when the file was read
        return self.root

    def spot(self, event: Any, into: Spot | None = None) -> Spot:
        kind: object = type(event)  # pyright: ignore[reportUnknownVariableType]
        if kind is AliasEvent:
            known = self.anchors.get(event.anchor)
            mark = event.start_mark
            return Spot(mark.line + 1, mark.column + 1, below=known.below if known else {})
        mark = event.start_mark
        made = into or Spot(0, 0)
        made.line, made.column = mark.line + 1, mark.column + 1
        if kind is MappingStartEvent:
            self.mapping(made)
        elif kind is SequenceStartEvent:
            self.sequence(made)
        elif kind is not ScalarEvent:
            raise _Unexpected
        if event.anchor is not None:
            self.anchors[event.anchor] = made
        return made

    def sequence(self, made: Spot) -> None:
        number = 0
        while type(event := self.parser.get_event()) is not SequenceEndEvent:
            made.below[number] = below = self.spot(event)
            below.key_line, below.key_column = below.line, below.column
            number += 1

    def mapping(self, made: Spot) -> None:
        merged: list[Spot] = []
        while type(event := self.parser.get_event()) is not MappingEndEvent:
            key = event.value if type(event) is ScalarEvent else ""
            if type(event) is not ScalarEvent:
                self.spot(event)
            below = self.spot(self.parser.get_event())
            below.key_line, below.key_column = event.start_mark.line + 1, event.start_mark.column + 1
            if key == "<<":
                merged.append(below)
            else:
                made.below[key] = below
        for spot in merged:
            parts = (
                [spot.below[n] for n in spot.below] if all(isinstance(n, int) for n in spot.below) else [spot]
            )
            for part in parts:
                for key, below in part.below.items():
                    made.below.setdefault(key, below)


class _Unexpected(Exception):  # noqa: N818 - it ends the survey, and is never shown
    """The stream ends, or is not what a document looks like."""
