"""The language of the blueprint, read off its JSON Schema: one table of keys for each kind of mapping."""

import json
from collections.abc import Iterator
from typing import Any

from aiotctl.pipeline.language.schema import blueprint
from scripts.reference.markdown import code, prose, table

Schema = dict[str, Any]

ABOUT = """# Language

A blueprint is one YAML file, `blueprint.yaml`. Parts of it may lie in other files and are named by `from:`.
This page is made from the JSON Schema that `aiotctl schema` prints, so it lists what this version accepts and
nothing else. Keys in **bold** must be given. An unknown key is a finding, with the nearest known one named.

- Names of sites, gateways, devices, types, points, pipelines and environments begin with a letter and go on
  with letters, digits, `-` and `_`; at most 63 characters.
- Durations carry their unit: `500ms`, `1s`, `15min`, `1h`, `7d`, `400d`, `5y`.
- Units are [UCUM](https://ucum.org/) codes: `Cel`, `bar`, `kW.h`, `mm/s`; `1` for none.
- `aiotctl show ADDRESS` prints every value as resolved, with the line, overlay or default it came from.

A section, or one entry of it, may take what it holds from other files: `from: FILE`, or a list of files.
A path is relative to the file that names it. What stands beside `from:` wins over what the file holds.
"""


def page() -> str:
    """The page."""
    schema = blueprint()
    sections = [ABOUT, _keys("The blueprint", schema, 2)]
    sections += _device_types(schema["$defs"]["device_type"])
    sections += [_keys("Site", _definition(schema, "site"), 2)]
    sections += [
        _keys("Gateway", _definition(schema, "site")["properties"]["gateways"]["additionalProperties"], 3)
    ]
    sections += [_keys("Device", _definition(schema, "device"), 3)]
    sections += _pipeline(_definition(schema, "pipeline"))
    sections += _platform(_definition(schema, "platform"))
    sections += _environment(_definition(schema, "environment"))
    return "\n\n".join(sections) + "\n"


def _definition(schema: Schema, name: str) -> Schema:
    return schema["$defs"][name]


def _device_types(schema: Schema) -> Iterator[str]:
    yield "## Device type\n\n" + prose(schema["description"])
    for branch in schema["allOf"]:
        kind = branch["then"]
        name = kind["properties"]["protocol"]["const"]
        yield _keys(f"Protocol `{name}`", kind, 3)
        yield _keys(f"Points of `{name}`", kind["properties"]["points"]["additionalProperties"], 4)


def _pipeline(schema: Schema) -> Iterator[str]:
    yield _keys("Pipeline", schema, 2)
    yield _keys("Source", schema["properties"]["source"], 3)
    step = schema["properties"]["steps"]["items"]
    yield _keys("Steps", step, 3)
    yield _keys("Window", step["properties"]["window"], 4)


def _platform(schema: Schema) -> Iterator[str]:
    yield "## Platform\n\n" + prose(schema["description"])
    for role, choices in schema["properties"].items():
        for branch in choices["allOf"]:
            engine = branch["then"]["properties"]["engine"]["const"]
            yield _keys(f"`{role}` by `{engine}`", branch["then"], 3)


def _environment(schema: Schema) -> Iterator[str]:
    yield _keys("Environment", schema, 2)
    yield _keys("Selection", schema["properties"]["select"], 3)
    yield _keys("Overlay", schema["properties"]["overlay"], 3)


def _keys(title: str, schema: Schema, level: int) -> str:
    """A heading, what the mapping is, and its keys."""
    needed = schema.get("required", ())
    rows = [
        (f"**{code(key)}**" if key in needed else code(key), _form(about), _meaning(about))
        for key, about in schema["properties"].items()
    ]
    text = prose(schema.get("description", ""))
    return f"{'#' * level} {title}\n\n{text}\n\n{table(('key', 'value', 'meaning'), rows)}"


def _form(about: Schema) -> str:
    """What may be written: the choices, or the type."""
    if "const" in about:
        return code(str(about["const"]))
    if "enum" in about:
        return ", ".join(code(str(choice)) for choice in about["enum"])
    if "$ref" in about:
        return _linked(about["$ref"].rpartition("/")[2])
    if about.get("type") == "object" and "$ref" in str(about.get("additionalProperties")):
        return "by name: " + _linked(about["additionalProperties"]["$ref"].rpartition("/")[2])
    kind = about.get("type", "mapping")
    return " or ".join(
        "mapping" if one == "object" else one for one in ([kind] if isinstance(kind, str) else kind)
    )


def _linked(definition: str) -> str:
    target = definition if definition in ("pipelines", "sites") else definition.replace("_", "-")
    return f"[{definition.replace('_', ' ')}](#{target.removesuffix('s') if target != 'sites' else 'site'})"


def _meaning(about: Schema) -> str:
    words = [prose(about.get("description", ""))]
    items = about.get("items", {})
    if "enum" in items:
        words.append("Of: " + ", ".join(code(str(choice)) for choice in items["enum"]) + ".")
    if "default" in about:
        words.append(f"Default: {code(_written(about['default']))}.")
    if examples := about.get("examples"):
        words.append("For example " + ", ".join(code(_written(one)) for one in examples) + ".")
    if "minimum" in about and "maximum" in about:
        words.append(f"From {about['minimum']} to {about['maximum']}.")
    return " ".join(filter(None, words))


def _written(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
