"""Holds data against the JSON Schema and says in our own words what does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, cast

from aiotctl.findings import Finding, Path, listed, nearest
from aiotctl.pipeline.language import kinds, schema, schema_parts
from aiotctl.pipeline.language.data import mapping_of
from aiotctl.pipeline.language.wording import TYPES, counted, described, form, type_remedy

NOT_YET = frozenset({"outcomes", "models", "governance", "promote_from", "gates"})
"""Keys of the language's later parts: known, but nothing is compiled from them yet."""

_RANK = {"type": 0, "additionalProperties": 0, "required": 1, "minProperties": 3}
"""Which of several errors at one place is told: what else is said of a value of the wrong type only repeats
it."""


@cache
def _validator(definition: str) -> Any:
    from jsonschema_rs import Draft202012Validator

    whole = schema.blueprint()
    if not definition:
        return Draft202012Validator(whole)
    return Draft202012Validator({"$defs": whole["$defs"], "$ref": f"#/$defs/{definition}"})


def misfits(data: Any, definition: str = "", at: Path = (), environment: str = "") -> Iterator[Finding]:
    """What does not fit the schema, or one definition of it: at most one finding a place, and each missing
    key."""
    seen: set[tuple[Path, str]] = set()
    errors = sorted(_validator(definition).iter_errors(data), key=lambda error: _RANK.get(error.kind.name, 2))
    for error in errors:
        path = (*at, *followed(data, error.instance_path))
        for finding in _Misfit(error, path, environment).told():
            key = (finding.path, finding.detail if finding.kind is kinds.MISSING else "")
            if key not in seen:
                seen.update((key, (finding.path, "")))
                yield finding


def followed(data: Any, steps: Iterable[str | int]) -> Iterator[str | int]:
    """The steps of a path into data; the validator gives a key of digits as a number, and leaves out an empty
    one."""
    for step in steps:
        key = step
        while isinstance(data, dict):
            known = cast("dict[str, Any]", data)
            if isinstance(step, int):
                key = next((one for one in known if one.isdecimal() and int(one) == step), str(step))
            if key in known or "" not in known:
                break
            yield ""
            data = known[""]
        yield key
        data = cast("Any", data)[key]


def invisible(text: str) -> bool:
    """Whether a text holds characters that reading the file has refused already."""
    return not text.replace("\n", "").replace("\t", "").isprintable()


class _Misfit:
    """One error of the validator."""

    def __init__(self, error: Any, path: Path, environment: str) -> None:
        self.error, self.kind, self.value = error, error.kind, error.instance
        self.path = path
        self.environment = environment

    def told(self) -> Iterator[Finding]:
        name = self.kind.name
        if self.secret():
            yield self.clear_secret()
        elif name == "additionalProperties":
            known = list(mapping_of(self.node().get("properties")))
            yield from (self.unknown(key, known) for key in self.kind.unexpected)
        elif name == "propertyNames":
            yield self.bad_key()
        elif name == "required":
            detail = f"`{self.kind.property}` is missing here."
            remedy = f"Add `{self.kind.property}: …`."
            yield kinds.MISSING.at(self.path, detail, remedy, on_key=True, environment=self.environment)
        elif name == "type":
            yield self.wrong_type()
        elif not (name == "pattern" and invisible(self.value)):
            yield self.bad_value()

    def node(self, above: int = 1) -> dict[str, Any]:
        """The part of the schema that the value does not fit; ``above`` counts the steps from the keyword
        upwards."""
        node: Any = schema.blueprint()
        for step in self.error.schema_path[:-above]:
            node = cast("list[Any]", node)[step] if isinstance(step, int) else mapping_of(node).get(step)
        return mapping_of(node)

    def secret(self) -> bool:
        """Whether something else stands where only the name of a secret may."""
        return self.kind.name == "type" and bool(self.node().get("x-secret"))

    def clear_secret(self) -> Finding:
        detail = f"`{self.path[-1]}` is a secret, and something else than the name of one is written here."
        remedy = "Write `{secret: NAME}`; its value is asked for, or made, when the environment is applied."
        return kinds.CLEAR_SECRET.at(self.path, detail, remedy, environment=self.environment)

    def unknown(self, key: str, known: list[str]) -> Finding:
        path = (*self.path, key)
        if key in NOT_YET:
            detail = f"Nothing is compiled from `{key}` in this version."
            return kinds.NOT_YET.at(
                path, detail, "Remove it for now.", on_key=True, environment=self.environment
            )
        detail = f"There is no key `{key}` here.{nearest(key, known)}"
        remedy = f"Known here are {listed(known, 30)}." if known else "Remove it."
        return kinds.UNKNOWN_KEY.at(path, detail, remedy, on_key=True, environment=self.environment)

    def bad_key(self) -> Finding:
        key = self.value if isinstance(self.value, str) else str(self.kind.error.instance)
        pattern = str(getattr(self.kind.error.kind, "pattern", ""))
        what, how = form({"pattern": pattern})
        kind = kinds.BAD_NAME if pattern == schema_parts.NAME_PATTERN else kinds.BAD_KEY
        return kind.at(
            (*self.path, key), f"{key!r} is not {what}.", how, on_key=True, environment=self.environment
        )

    def wrong_type(self) -> Finding:
        wanted = list(self.kind.types)
        expected = " or ".join(TYPES[name] for name in wanted)
        if self.value is None:
            detail = f"There is no value; {expected} belongs here."
            remedy = "Write the value, or remove the key. What an environment lacks goes under its `remove:`."
            return kinds.EMPTY.at(self.path, detail, remedy, on_key=True, environment=self.environment)
        detail = f"This is {described(self.value)}; {expected} belongs here."
        remedy = type_remedy(self.value, wanted, self.node())
        return kinds.WRONG_TYPE.at(self.path, detail, remedy, environment=self.environment)

    def bad_value(self) -> Finding:
        found, detail, remedy = kinds.BAD_VALUE, "", ""
        match self.kind.name:
            case "pattern":
                what, remedy = form(self.node())
                found = kinds.BAD_NAME if self.kind.pattern == schema_parts.NAME_PATTERN else kinds.BAD_VALUE
                detail = f"This is {described(self.value)}, which is not {what}."
            case "enum" | "const":
                one = self.kind.name == "const"
                options = [str(word) for word in ([self.kind.expected_value] if one else self.kind.options)]
                hint = nearest(str(self.value), options)
                detail = f"This is {described(self.value)}, which is none of the possible values.{hint}"
                remedy = f"Possible: {listed(options, 30)}."
            case "minimum" | "maximum" as name:
                word = "at least" if name == "minimum" else "at most"
                detail = f"This is {described(self.value)}; it must be {word} {self.kind.limit}."
                remedy = "Correct the number."
            case "uniqueItems":
                detail, remedy = "The list holds an item twice.", "Remove the second one."
            case "maxProperties" if self.kind.limit == 1:
                detail, remedy = "There is more than one key here.", "Write a list item of its own for each."
            case name:
                thing = {"I": "item", "L": "character", "P": "key"}.get(name[3:4], "value")
                word = "at least" if name.startswith("min") else "at most"
                detail = f"There must be {word} {counted(getattr(self.kind, 'limit', 1), thing)} here."
                remedy = "Add what is missing." if name.startswith("min") else "Remove what is too much."
        return found.at(self.path, detail, remedy, environment=self.environment)
