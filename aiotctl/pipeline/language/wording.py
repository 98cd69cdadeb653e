"""Values, types and forms in the words of findings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from aiotctl.pipeline.language import hosts_schema as hosts
from aiotctl.pipeline.language import schema_parts
from aiotctl.quantities import DURATION_PATTERN, PERCENT_PATTERN, RATE_PATTERN, SIZE_PATTERN

FORMS = {
    schema_parts.NAME_PATTERN: (
        "a name",
        "Start with a letter, go on with letters, digits, `-` and `_`; 63 at most.",
    ),
    schema_parts.ADDRESS_PATTERN: ("an address", "Write it like `site/plant-a/device/press-1`."),
    DURATION_PATTERN: (
        "a duration",
        "Write a number and its unit: `500ms`, `1s`, `15min`, `1h`, `7d`, `5y`.",
    ),
    RATE_PATTERN: ("a rate", "Write a number and its unit: `512 kbit/s`, `20 Mbit/s`."),
    SIZE_PATTERN: ("a size", "Write a number and its unit: `500 MB`, `10 GB`, `4 GiB`."),
    PERCENT_PATTERN: ("a share", "Write a number and the sign: `5 %`, `100 %`."),
    hosts.ADDRESS: ("an address of a host", "Write a name or an IP address: `gw-1.example`, `10.20.0.5`."),
    hosts.HOST_NAME: (
        "a host",
        "Write the name of a hub's host (`hub-1`), or of a gateway with its site: `plant-a/gw-1`.",
    ),
    schema_parts.INTEGER_KEY: (
        "a raw integer",
        "Write the number that the device sends: `{0: stopped, 1: running}`.",
    ),
    schema_parts.LINE_PATTERN: ("one line of visible text", "Remove line ends and control characters."),
}
TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_LONGEST = 60


def form(node: Mapping[str, Any]) -> tuple[str, str]:
    """What a schema with a pattern asks for, and how to write it."""
    pattern = str(node.get("pattern", ""))
    if pattern in FORMS:
        return FORMS[pattern]
    if "examples" in node:
        return (
            "of the form that is needed",
            f"Write it like {', '.join(f'`{one}`' for one in node['examples'])}.",
        )
    if pattern.startswith("^[^\\x00-"):
        most = re.search(r"\{1,([0-9]+)\}", pattern)
        if most is None:
            return FORMS[schema_parts.LINE_PATTERN]
        return (
            f"one line of 1 to {most[1]} visible characters",
            "Make it as long as that; remove line ends and control characters.",
        )
    return "of the form that is needed", f"It has to match `{pattern}`."


def described(value: Any) -> str:
    """A value in words, short enough for a sentence, and without credentials that an address may hold."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float, Decimal)):
        return f"the number {_cut(str(value))}"
    if isinstance(value, str):
        return f"the text {_cut(repr(veiled(value)))}"
    return "a list" if isinstance(value, list) else "a mapping"


def veiled(text: str) -> str:
    """A text without the user and password in front of an address's host."""
    return _CREDENTIALS.sub("…@", text)


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def counted(number: int, thing: str) -> str:
    """``1 key``, ``2 keys``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def type_remedy(value: Any, wanted: list[str], node: Mapping[str, Any]) -> str:
    """How to mend a value of the wrong type."""
    if (
        isinstance(value, str)
        and "boolean" in wanted
        and value.lower() in ("yes", "no", "on", "off", "y", "n")
    ):
        word = "true" if value.lower() in ("yes", "on", "y") else "false"
        return f"Write `{word}`: in YAML 1.2 `{value}` is text."
    if isinstance(value, str) and {"number", "integer"} & set(wanted):
        return _number_remedy(value)
    if "string" in wanted and not isinstance(value, (dict, list)):
        return (
            form(node)[1]
            if node.get("pattern") in (DURATION_PATTERN, RATE_PATTERN, SIZE_PATTERN)
            else f'Put it in quotes if the text is meant: `"{value}"`.'
        )
    if "array" in wanted:
        return "Write a list: `[a, b]`, or one `- item` a line."
    if "object" in wanted:
        return "Write keys and values below it, indented."
    return "Replace the value."


def _number_remedy(value: str) -> str:
    if value[:1] == "0" and value.isdigit():
        return f"Write `{int(value)}`: with a zero in front some YAML readers take it as octal."
    if "," in value or "_" in value:
        return "Write the number with a point and without separators: `1234.5`."
    return "Write a plain number, without quotes and without a unit."
