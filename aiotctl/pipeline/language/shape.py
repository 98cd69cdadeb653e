"""Holds data against the JSON Schema and says in our own words what does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, cast

from aiotctl.findings import Finding, Kind, Path, listed, nearest
from aiotctl.pipeline.language import kinds, schema
from aiotctl.pipeline.language.data import mapping_of
from aiotctl.quantities import DURATION_PATTERN, RATE_PATTERN, SIZE_PATTERN

FORMS = {
    schema.NAME_PATTERN: (
        "a name",
        "Start with a letter, go on with letters, digits, `-` and `_`; 63 at most.",
    ),
    schema.ADDRESS_PATTERN: ("an address", "Write it like `site/plant-a/device/press-1`."),
    DURATION_PATTERN: (
        "a duration",
        "Write a number and its unit: `500ms`, `1s`, `15min`, `1h`, `7d`, `5y`.",
    ),
    RATE_PATTERN: ("a rate", "Write a number and its unit: `512 kbit/s`, `20 Mbit/s`."),
    SIZE_PATTERN: ("a size", "Write a number and its unit: `500 MB`, `10 GB`, `4 GiB`."),
    schema.LINE_PATTERN: ("one line of visible text", "Remove line ends and control characters."),
}
_TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
NOT_YET = frozenset(
    {"outcomes", "models", "access", "governance", "egress", "hosts", "rollout", "promote_from", "gates"}
)
"""Keys of the language's later parts: known, but nothing is compiled from them yet."""


@cache
def _validator(definition: str) -> Any:
    from jsonschema_rs import Draft202012Validator

    whole = schema.blueprint()
    if not definition:
        return Draft202012Validator(whole)
    return Draft202012Validator({"$defs": whole["$defs"], "$ref": f"#/$defs/{definition}"})


def misfits(data: Any, definition: str = "", at: Path = (), environment: str = "") -> Iterator[Finding]:
    """What does not fit the schema, or one definition of it: at most one finding a place."""
    seen: set[tuple[Path, str]] = set()
    for error in _ordered(_validator(definition).iter_errors(data)):
        for finding in _translated(error, at, environment):
            key = (finding.path, "" if finding.kind is not kinds.MISSING else finding.detail)
            if key not in seen:
                seen.add(key)
                yield finding


def _ordered(errors: Any) -> list[Any]:
    """Wrong types first: what else is said of such a value only repeats it."""
    return sorted(errors, key=lambda error: error.kind.name not in ("type", "additionalProperties"))


def _translated(error: Any, at: Path, environment: str) -> Iterator[Finding]:
    path: Path = (*at, *error.instance_path)
    name, kind = error.kind.name, error.kind
    if name == "additionalProperties":
        known = _siblings(error)
        for key in kind.unexpected:
            yield _unknown(key, known, (*path, key), environment)
    elif name == "propertyNames":
        key = error.instance if isinstance(error.instance, str) else str(kind.error.instance)
        yield _bad_key(key, path, kind.error, environment)
    elif name == "required":
        detail = f"`{kind.property}` is missing here."
        yield kinds.MISSING.at(
            path, detail, f"Add `{kind.property}: …`.", on_key=True, environment=environment
        )
    elif name == "type":
        yield _wrong_type(error.instance, list(kind.types), path, environment)
    else:
        found, detail, remedy = _bad_value(name, kind, error.instance)
        yield found.at(path, detail, remedy, environment=environment)


def _siblings(error: Any) -> list[str]:
    """The keys that the schema knows where an unknown one was found."""
    node: Any = schema.blueprint()
    for step in str(error.absolute_keyword_location or "").rpartition("#")[2].split("/")[1:-1]:
        step = step.replace("~1", "/").replace("~0", "~").replace("%24", "$")
        node = cast("list[Any]", node)[int(step)] if isinstance(node, list) else mapping_of(node).get(step)
    return list(mapping_of(mapping_of(node).get("properties")))


def _unknown(key: str, known: list[str], path: Path, environment: str) -> Finding:
    if key in NOT_YET:
        detail = f"Nothing is compiled from `{key}` in this version."
        return kinds.NOT_YET.at(path, detail, "Remove it for now.", on_key=True, environment=environment)
    hint = nearest(key, known)
    detail = f"There is no key `{key}` here.{hint}"
    remedy = f"Known here are {listed(known, 30)}." if known else "Remove it."
    return kinds.UNKNOWN_KEY.at(path, detail, remedy, on_key=True, environment=environment)


def _bad_key(key: str, path: Path, error: Any, environment: str) -> Finding:
    pattern = getattr(error.kind, "pattern", "")
    what, how = FORMS.get(pattern, ("a key that fits", f"It has to match `{pattern}`."))
    if pattern == r"^-?[0-9]{1,18}$":
        what, how = "a raw integer", "Write the number that the device sends: `{0: stopped, 1: running}`."
    kind = kinds.BAD_NAME if pattern == schema.NAME_PATTERN else kinds.BAD_KEY
    return kind.at((*path, key), f"{key!r} is not {what}.", how, on_key=True, environment=environment)


def _wrong_type(value: Any, wanted: list[str], path: Path, environment: str) -> Finding:
    expected = " or ".join(_TYPES[name] for name in wanted)
    if value is None:
        detail = f"There is no value; {expected} belongs here."
        remedy = "Write the value, or remove the key. What an environment lacks goes under its `remove:`."
        return kinds.EMPTY.at(path, detail, remedy, on_key=True, environment=environment)
    detail = f"This is {described(value)}; {expected} belongs here."
    return kinds.WRONG_TYPE.at(path, detail, _type_remedy(value, wanted), environment=environment)


def described(value: Any) -> str:
    """A value in words, short enough for a sentence."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float, Decimal)):
        return f"the number {_cut(str(value))}"
    if isinstance(value, str):
        return f"the text {_cut(repr(value))}"
    return "a list" if isinstance(value, list) else "a mapping"


def _cut(words: str, most: int = 60) -> str:
    return words if len(words) <= most else f"{words[:most]}…"


def _type_remedy(value: Any, wanted: list[str]) -> str:
    if (
        isinstance(value, str)
        and "boolean" in wanted
        and value.lower() in ("yes", "no", "on", "off", "y", "n")
    ):
        word = "true" if value.lower() in ("yes", "on", "y") else "false"
        return f"Write `{word}`: in YAML 1.2 `{value}` is text."
    if isinstance(value, str) and {"number", "integer"} & set(wanted):
        if value[:1] == "0" and value.isdigit():
            return f"Write `{int(value)}`: with a zero in front some YAML readers take it as octal."
        if "," in value or "_" in value:
            return "Write the number with a point and without separators: `1234.5`."
        return "Write a plain number, without quotes and without a unit."
    if "string" in wanted and not isinstance(value, (dict, list)):
        return "Put it in quotes if the text is meant."
    if "array" in wanted:
        return "Write a list: `[a, b]`, or one `- item` a line."
    if "object" in wanted:
        return "Write keys and values below it, indented."
    return "Replace the value."


def _bad_value(name: str, kind: Any, value: Any) -> tuple[Kind, str, str]:
    shown = described(value)
    if name == "pattern":
        what, how = FORMS.get(
            kind.pattern, ("of the form that is needed", f"It has to match `{kind.pattern}`.")
        )
        return (
            kinds.BAD_NAME if kind.pattern == schema.NAME_PATTERN else kinds.BAD_VALUE,
            f"This is {shown}, which is not {what}.",
            how,
        )
    if name in ("enum", "const"):
        options = [str(one) for one in (kind.options if name == "enum" else [kind.expected_value])]
        hint = nearest(str(value), options)
        return (
            kinds.BAD_VALUE,
            f"This is {shown}, which is none of the possible values.{hint}",
            f"Possible: {listed(options, 30)}.",
        )
    if name in ("minimum", "maximum"):
        word = "at least" if name == "minimum" else "at most"
        return kinds.BAD_VALUE, f"This is {shown}; it must be {word} {kind.limit}.", "Correct the number."
    if name == "uniqueItems":
        return kinds.BAD_VALUE, "The list holds an item twice.", "Remove the second one."
    if name in ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"):
        thing = {"I": "items", "L": "characters", "P": "keys"}[name[3]]
        word = "at least" if name.startswith("min") else "at most"
        return (
            kinds.BAD_VALUE,
            f"There must be {word} {kind.limit} {thing} here.",
            f"Write {word} {kind.limit}.",
        )
    return kinds.BAD_VALUE, f"This is {shown}, which does not fit.", "See the reference of the language."
