"""The schema of what people and programs may do."""

from __future__ import annotations

from aiotctl.pipeline.language.schema_parts import NAME_PATTERN, Schema, mapping, named


def access() -> Schema:
    """Roles by name."""
    names: Schema = {"type": "string", "pattern": NAME_PATTERN}
    role = mapping(
        "What people and programs of this role may do; `aiotctl access issue` gives them their credentials.",
        {
            "read": {
                "type": "array",
                "items": names,
                "minItems": 1,
                "uniqueItems": True,
                "description": "What they may read: names of pipelines, and `raw` for the values as they "
                "were measured, which also come live from the broker.",
            },
            "sites": {
                "type": ["string", "array"],
                "if": {"type": "string"},
                "then": {"enum": ["all"]},
                "else": {"items": names, "minItems": 1, "uniqueItems": True},
                "default": "all",
                "description": "Of which sites: `all`, or a list of names.",
            },
        },
        ("read",),
    )
    return named("Roles of people and programs, by name: what each may read.", role)
