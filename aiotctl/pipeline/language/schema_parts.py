"""The parts that JSON Schemas of the language are put together from."""

from __future__ import annotations

from aiotctl.model.blueprint import Json

NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]{0,62}$"
ADDRESS_PATTERN = r"^[a-z_]+/[A-Za-z0-9_-]+(/[a-z_]+/[A-Za-z0-9_-]+)*$"
INTEGER_KEY = r"^-?[0-9]{1,18}$"
LINE_PATTERN = r"^[^\x00-\x1f\x7f-\x9f]*$"

Schema = dict[str, Json]


def text(description: str, pattern: str = LINE_PATTERN, **more: Json) -> Schema:
    """A text."""
    return {"type": "string", "pattern": pattern, "maxLength": 1000, "description": description, **more}


def mapping(description: str, properties: Schema, required: tuple[str, ...] = (), **more: Json) -> Schema:
    """A mapping with known keys and no other."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def named(description: str, entry: Json, **more: Json) -> Schema:
    """A mapping from names to entries of one kind."""
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": entry,
        **more,
    }


def names(description: str) -> Schema:
    """A list of different names."""
    return {
        "type": "array",
        "items": {"type": "string", "pattern": NAME_PATTERN},
        "uniqueItems": True,
        "description": description,
    }


def by_key(key: str, choices: dict[str, Json], description: str) -> Schema:
    """A mapping whose other keys depend on the value of one. Only the chosen branch gives findings."""
    return {
        "type": "object",
        "description": description,
        "required": [key],
        "properties": {key: {"enum": list(choices)}},
        "allOf": [
            {"if": {"properties": {key: {"const": choice}}, "required": [key]}, "then": schema}
            for choice, schema in choices.items()
        ],
    }
