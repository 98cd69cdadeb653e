"""From YAML text to plain data, over the events of libyaml.

Mappings become ``dict`` with text keys, sequences ``list``, scalars what ``scalars.plain`` says. No places
are kept: ``positions`` finds them in a second pass when there is something to tell.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from yaml import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    MarkedYAMLError,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    YAMLError,
)

try:
    from yaml._yaml import CParser as Parser  # pyright: ignore
except ImportError:  # pragma: no cover - a PyYAML without libyaml is slower and otherwise the same
    from yaml import Loader as Parser  # pyright: ignore

from aiotctl.findings import Kind, nearest
from aiotctl.pipeline.language import kinds
from aiotctl.pipeline.language.scalars import plain

Value = dict[str, "Value"] | list["Value"] | str | int | bool | Decimal | None

DEEPEST = 60
MOST_EXPANDED = 1_000_000
"""Values that aliases may add: far above any honest use, far below what a bomb of nested aliases makes."""


class Stop(Exception):  # noqa: N818 - it ends the reading, and is never shown
    """The rest of the file cannot be read."""


class Reader:
    """Reads one document. ``problems`` are (kind, line, column, detail, remedy), counted from 1."""

    def __init__(self, text: str) -> None:
        self.parser: Any = Parser(text)
        self.problems: list[tuple[Kind, int, int, str, str]] = []
        self.anchors: dict[str, Value] = {}
        self.memo: dict[str, Any] = {}
        self.expanded = 0

    def read(self) -> Value:
        """The document's value; None (and a problem) where there is none."""
        next_event = self.parser.get_event
        try:
            next_event()
            start = next_event()
            if type(start) is StreamEndEvent:
                return None
            value = self.value(next_event(), 0)
            next_event()
            after = next_event()
            if type(after) is not StreamEndEvent:
                self.problem(
                    kinds.DOCUMENTS,
                    after,
                    "A second document starts here.",
                    "Remove it, or give it a file of its own.",
                )
            return value
        except Stop:
            return None
        except YAMLError as error:
            self.problems.append(syntax(error))
            return None

    def problem(self, kind: Kind, event: Any, detail: str, remedy: str) -> None:
        """Notes a problem where an event starts."""
        mark = event.start_mark
        self.problems.append((kind, mark.line + 1, mark.column + 1, detail, remedy))

    def value(self, event: Any, depth: int) -> Value:
        """The value that starts with this event."""
        kind: object = type(event)  # pyright: ignore[reportUnknownVariableType]
        if kind is ScalarEvent:
            made: Value = self.scalar(event)
        elif kind is MappingStartEvent:
            self.enter(event, depth)
            made = self.mapping(event, depth + 1)
        elif kind is SequenceStartEvent:
            self.enter(event, depth)
            made = self.sequence(event, depth + 1)
        else:
            return self.alias(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = made
        return made

    def enter(self, event: Any, depth: int) -> None:
        """Looks at the start of a collection."""
        if event.tag is not None:
            self.tag(event)
        if depth >= DEEPEST:
            self.problem(kinds.DEEP, event, f"This is nested {depth} levels deep.", "Flatten it.")
            raise Stop

    def tag(self, event: Any) -> None:
        """A tag is refused, the value is read as if it were not there."""
        tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
        self.problem(
            kinds.TAG,
            event,
            f"The tag {tag!r} changes what the value is.",
            "Remove the tag; quote text that looks like a number.",
        )

    def scalar(self, event: Any) -> Value:
        """The value of a scalar."""
        text = event.value
        if event.tag is not None:
            self.tag(event)
        if event.style:
            if not text.isprintable():
                self.control(event, text)
            return text
        memo = self.memo
        if text in memo:
            return memo[text]
        if not text.isprintable():
            self.control(event, text)
        made = memo[text] = plain(text)
        return made

    def control(self, event: Any, text: str) -> None:
        """Refuses characters that cannot be seen, other than line ends and tabs."""
        for letter in text:
            if not (letter.isprintable() or letter in "\n\t" or letter == "\u3000" or letter == "\u00a0"):
                detail = f"The text holds the character U+{ord(letter):04X}, which cannot be seen."
                self.problem(kinds.CONTROL, event, detail, "Remove it.")
                return

    def sequence(self, start: Any, depth: int) -> Value:
        """A list, up to its end event."""
        items: list[Value] = []
        if start.anchor is not None:
            self.anchors.pop(start.anchor, None)
        next_event: Callable[[], Any] = self.parser.get_event
        while True:
            event = next_event()
            if type(event) is SequenceEndEvent:
                return items
            items.append(self.value(event, depth))

    def mapping(self, start: Any, depth: int) -> Value:
        """A mapping, up to its end event."""
        made: dict[str, Value] = {}
        merged: list[Value] = []
        if start.anchor is not None:
            self.anchors.pop(start.anchor, None)
        next_event: Callable[[], Any] = self.parser.get_event
        memo = self.memo
        while True:
            event = next_event()
            kind: object = type(event)  # pyright: ignore[reportUnknownVariableType]
            if kind is ScalarEvent:
                key = event.value
                if not key or event.tag is not None or event.anchor is not None or not (key.isprintable()):
                    self.odd_key(event, key)
                if key in made:
                    detail = f"`{key}` stands in this mapping already; one of the two values would be lost."
                    self.problem(kinds.DUPLICATE, event, detail, "Remove one of them, or rename it.")
            elif kind is MappingEndEvent:
                return self.merge(made, merged) if merged else made
            else:
                key = self.no_key(event, depth)
            event = next_event()
            if type(event) is ScalarEvent and not event.style and event.anchor is None and event.tag is None:
                text = event.value
                value: Value = memo[text] if text in memo else self.scalar(event)
            else:
                value = self.value(event, depth)
            if key == "<<":
                self.check_merge(event, value)
                merged.append(value)
            elif key:
                made[key] = value

    def odd_key(self, event: Any, key: str) -> None:
        """A key that is empty, tagged or holds control characters."""
        if event.tag is not None:
            self.tag(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = key
        if not key:
            self.problem(
                kinds.BAD_KEY,
                event,
                "The key before this colon is empty.",
                "Write its name before the colon.",
            )
        elif not key.isprintable():
            self.control(event, key)

    def no_key(self, event: Any, depth: int) -> str:
        """A collection or an alias as a key: noted, and read over with its value."""
        self.problem(
            kinds.BAD_KEY,
            event,
            "A list, a mapping or an alias stands where a key is expected.",
            "Write a name.",
        )
        self.value(event, depth)
        return ""

    def check_merge(self, event: Any, value: Value) -> None:
        """What ``<<`` merges must be mappings."""
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            self.problem(
                kinds.ALIAS,
                event,
                "`<<` merges mappings, and this is none.",
                "Name an anchored mapping: `<<: *name`.",
            )

    @staticmethod
    def merge(own: dict[str, Value], merged: list[Value]) -> dict[str, Value]:
        """Merged keys first, so that what is written in the mapping itself wins; of several the first
        wins."""
        parts: list[Value] = []
        for value in merged:
            parts.extend(value if isinstance(value, list) else [value])
        made: dict[str, Value] = {}
        for part in reversed(parts):
            if isinstance(part, dict):
                made.update(part)
        made.update(own)
        return made

    def alias(self, event: Any) -> Value:
        """The value an alias repeats."""
        if type(event) is not AliasEvent:
            raise Stop
        name = event.anchor
        if name not in self.anchors:
            detail = f"There is no complete anchor `&{name}` before this alias.{nearest(name, self.anchors)}"
            self.problem(
                kinds.ALIAS, event, detail, "Write the value itself, or anchor it before it is used."
            )
            raise Stop
        value = self.anchors[name]
        self.expanded += size(value)
        if self.expanded > MOST_EXPANDED:
            self.problem(
                kinds.ALIAS, event, "Aliases expand into millions of values.", "Write out what is meant."
            )
            raise Stop
        return value


def size(value: Value) -> int:
    """How many values a value holds, itself included; an upper bound is enough once it is beyond all
    sense."""
    total, waiting = 0, [value]
    while waiting and total <= MOST_EXPANDED:
        one = waiting.pop()
        total += 1
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return total


def syntax(error: YAMLError) -> tuple[Kind, int, int, str, str]:
    """The parser's complaint in our form."""
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    context = getattr(error, "context", None)
    detail = f"{problem[:1].upper()}{problem[1:]}" + (f" ({context})." if context else ".")
    remedy = "Look at the indentation, the colons and the quotes on this line and the one before it."
    return kinds.SYNTAX, line, column, detail, remedy
