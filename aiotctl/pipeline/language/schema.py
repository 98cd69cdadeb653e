"""The blueprint's JSON Schema, made from the language and the catalog."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from aiotctl.catalog.conduits import NETWORK_PATTERN
from aiotctl.catalog.discovery import PLATFORM_KINDS, entries
from aiotctl.catalog.entry import PlatformEntry
from aiotctl.catalog.protocol import Protocol, protocols
from aiotctl.model.blueprint import Json
from aiotctl.pipeline.language import access_schema, hosts_schema
from aiotctl.pipeline.language.schema_parts import (
    ADDRESS_PATTERN,
    INTEGER_KEY,
    LINE_PATTERN,
    NAME_PATTERN,
    Schema,
    by_key,
    mapping,
    named,
    names,
    text,
)
from aiotctl.quantities import DURATION_PATTERN, RATE_PATTERN

DRAFT = "https://json-schema.org/draft/2020-12/schema"


@cache
def platform_entries() -> dict[str, dict[str, PlatformEntry]]:
    """Each role of the platform with its engines."""
    roles: dict[str, dict[str, PlatformEntry]] = {}
    for kind in PLATFORM_KINDS:
        for entry in cast("tuple[PlatformEntry, ...]", entries(kind)):
            roles.setdefault(entry.role, {})[entry.engine] = entry
    return roles


DURATION: Schema = text("A duration: `500ms`, `1s`, `15min`, `1h`, `7d`, `400d`, `5y`.", DURATION_PATTERN)
UNIT: Schema = text("A unit as a UCUM code: `Cel`, `bar`, `kW.h`, `mm/s`; `1` for none.")


def common_point() -> Schema:
    """Keys that a point has whatever its protocol."""
    return {
        "unit": {**UNIT, "description": str(UNIT["description"]), "default": "1"},
        "every": {
            **DURATION,
            "description": "Interval of reading, or of expected publishing.",
            "default": "1s",
        },
        "range": {
            "type": "array",
            "items": {"type": "number"},
            "minItems": 2,
            "maxItems": 2,
            "description": "Lowest and highest value in the point's unit; outside it the quality says so.",
        },
        "no_value": {
            "type": "array",
            "items": {"type": ["number", "string"], "pattern": LINE_PATTERN},
            "maxItems": 32,
            "description": "Raw values that mean `no value`; `nan` for a float's NaN.",
        },
        "enum": {
            "type": "object",
            "propertyNames": {"pattern": INTEGER_KEY},
            "additionalProperties": text("Name of the state.", r"^[^\x00-\x1f\x7f-\x9f]{1,63}$"),
            "minProperties": 1,
            "description": "Names of the raw integers: `{0: stopped, 1: running}`.",
        },
        "store": {"type": "boolean", "description": "Whether the raw value is stored.", "default": True},
        "description": text("What the value is, for people."),
    }


def device_type() -> Schema:
    """A kind of machine."""
    choices: dict[str, Json] = {}
    for name, protocol in protocols().items():
        point = mapping(
            "One value of the machine.", {**protocol.point, **common_point()}, protocol.point_required
        )
        properties: Schema = {
            "protocol": {"const": name, "description": protocol.description},
            "description": text("What the machine is, for people."),
            **protocol.type,
            "points": named("The machine's values, by name.", point, minProperties=1),
        }
        choices[name] = mapping(protocol.description, properties, ("protocol", "points"))
    return by_key("protocol", choices, "A kind of machine: its protocol and its values.")


def device() -> Schema:
    """A machine. Keys of all protocols: which of them apply follows from its type."""
    properties: Schema = {
        "type": text("Name of its device type.", NAME_PATTERN),
        "gateway": text("The gateway that reads it. Default: the site's only one.", NAME_PATTERN),
        "endpoint": text(
            "Where it answers: `10.20.1.11:502`, `opc.tcp://10.20.1.30:4840`, `/dev/ttyUSB0`, "
            "`tcp://broker:1883`. An MQTT "
            "device without one publishes to the compiled broker."
        ),
    }
    for protocol in cast("tuple[Protocol, ...]", entries("protocols")):
        for keys in protocol.device.values():
            for key, about in keys.items():
                properties.setdefault(key, about)
    return mapping("A machine at the site.", properties, ("type",))


def site() -> Schema:
    """A place."""
    gateway = mapping(
        "An edge host of the site.",
        {
            "arch": {
                "enum": ["amd64", "arm64"],
                "description": "Processor architecture.",
                "default": "amd64",
            },
            "labels": {
                "type": "object",
                "propertyNames": {"pattern": NAME_PATTERN},
                "additionalProperties": text(
                    "Value of the label.", r"^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,62}$", examples=["line 3", "v1.2"]
                ),
                "description": "Labels of your own.",
            },
        },
    )
    return mapping(
        "A place with gateways and devices.",
        {
            "timezone": text(
                "IANA time zone.",
                r"^[A-Za-z][A-Za-z0-9_+/-]{0,62}$",
                default="UTC",
                examples=["Europe/Berlin"],
            ),
            "uplink": text(
                "What the line to the hub carries: `20 Mbit/s`. Default: not checked.", RATE_PATTERN
            ),
            "egress": {
                "type": "array",
                "items": {"type": "string", "pattern": NETWORK_PATTERN},
                "uniqueItems": True,
                "minItems": 1,
                "description": "Networks from which the site's connections come where the hub sees them, "
                "behind its NAT: `[203.0.113.0/28]`.",
            },
            "gateways": named("The site's edge hosts, by name.", gateway),
            "devices": named("The site's machines, by name.", {"$ref": "#/$defs/device"}),
        },
    )


def pipeline() -> Schema:
    """A pipeline."""
    of_points: Schema = {"type": "object", "minProperties": 1, "propertyNames": {"pattern": NAME_PATTERN}}
    quantity = r"^-?[0-9]+(\.[0-9]+)?( [!-~]{1,60})?$"
    steps: Schema = {
        "filter": {
            **of_points,
            "additionalProperties": {"type": ["string", "number", "boolean"], "pattern": LINE_PATTERN},
            "description": 'Values pass while every condition holds: `{state: running}`, `{pressure: "> '
            '10 bar"}`. '
            "Comparisons are `=`, `!=`, `>`, `>=`, `<`, `<=`.",
        },
        "scale": {
            **of_points,
            "additionalProperties": {
                "type": ["number", "object"],
                "properties": {
                    "factor": {"type": "number", "description": "Multiplier.", "default": 1},
                    "offset": {"type": "number", "description": "Added afterwards.", "default": 0},
                },
                "minProperties": 1,
                "additionalProperties": False,
            },
            "description": "A factor for each point, `{pressure: 1.02}`, or `{pressure: {factor: 1.02, "
            "offset: -0.3}}`.",
        },
        "convert": {
            **of_points,
            "additionalProperties": UNIT,
            "description": "The unit that each point is converted to: `{pressure: kPa}`.",
        },
        "deadband": {
            **of_points,
            "properties": {
                "at_least_every": {**DURATION, "description": "A value passes after this silence anyway."}
            },
            "required": ["at_least_every"],
            "additionalProperties": {
                "type": ["string", "number"],
                "pattern": quantity,
                "examples": ["0.2 bar", "5 %"],
            },
            "minProperties": 2,
            "description": "A value passes when it differs from the last one by the band: `{pressure: 0.2 "
            "bar, "
            "at_least_every: 60s}`.",
        },
        "window": mapping(
            "One row for each interval.",
            {
                "every": {**DURATION, "description": "Length of the window."},
                "aggregate": {
                    "type": "array",
                    "items": {"enum": ["mean", "min", "max", "last", "count", "sum"]},
                    "minItems": 1,
                    "uniqueItems": True,
                    "description": "What is kept of the values in it.",
                },
            },
            ("every", "aggregate"),
        ),
    }
    return mapping(
        "What is done to the values of some device types, beside storing them raw.",
        {
            "source": mapping(
                "Whose values.",
                {
                    "device_types": {**names("Names of device types."), "minItems": 1},
                    "points": {**names("Names of points. Default: all numeric ones."), "minItems": 1},
                },
                ("device_types",),
            ),
            "steps": {
                "type": "array",
                "maxItems": 32,
                "description": "In this order; at most one window, and it comes last.",
                "items": mapping("One step.", steps, minProperties=1, maxProperties=1),
            },
            "sinks": {
                "type": "array",
                "items": {"enum": ["timeseries", "lake"]},
                "minItems": 1,
                "uniqueItems": True,
                "description": "Where the results go.",
                "default": ["timeseries"],
            },
        },
        ("source",),
    )


def platform() -> Schema:
    """The engines for each role."""
    roles: Schema = {}
    for role, engines in platform_entries().items():
        choices: dict[str, Json] = {}
        for engine, entry in engines.items():
            options = cast("dict[str, Json]", entry.options.get("properties", {}))
            properties: Schema = {"engine": {"const": engine, "description": entry.description}, **options}
            required = cast("list[str]", entry.options.get("required", []))
            choices[engine] = mapping(entry.description, properties, ("engine", *required))
        roles[role] = by_key("engine", choices, f"The engine for the role `{role}`.")
    return mapping("The engines of the platform, one for each role.", roles)


def environment() -> Schema:
    """An environment."""
    overlay = mapping(
        "What is different here: merged key by key into the sections; lists replace whole.",
        {
            section: {"type": "object", "description": f"Merged into `{section}`."}
            for section in ("platform", "sites", "pipelines")
        },
    )
    addresses: Schema = {
        "type": "array",
        "items": {"type": "string", "pattern": ADDRESS_PATTERN},
        "uniqueItems": True,
    }
    return mapping(
        "A selection and an overlay of the blueprint that can be applied.",
        {
            "select": mapping(
                "Which sites.",
                {
                    "sites": {
                        "type": ["string", "array"],
                        "if": {"type": "string"},
                        "then": {"enum": ["all"]},
                        "else": {"items": {"type": "string", "pattern": NAME_PATTERN}, "uniqueItems": True},
                        "default": "all",
                        "description": "`all`, or a list of names.",
                    }
                },
                default={},
            ),
            "simulate": {
                "type": ["string", "array"],
                "if": {"type": "string"},
                "then": {"enum": ["devices", "all"]},
                "else": {"items": {"type": "string", "pattern": ADDRESS_PATTERN}, "uniqueItems": True},
                "description": "`devices` (or `all`): every device is simulated; or a list of addresses "
                "of devices.",
            },
            "overlay": overlay,
            "remove": {
                **addresses,
                "description": "Addresses of what does not exist here: `site/plant-a/device/vib-1`.",
            },
            "hosts": hosts_schema.hosts(),
            "rollout": hosts_schema.rollout(),
            "state": text(
                "Where record and vault lie. Default: the project's own folder.", r"^[!-~]{1,1000}$"
            ),
        },
    )


@cache
def blueprint() -> dict[str, Any]:
    """The whole schema."""
    sections: Schema = {
        "blueprint": {"const": "v1", "description": "Version of the language."},
        "name": text("Name of the system.", NAME_PATTERN),
        "owner": text("Who answers for it: a mail address or a team.", r"^[^\x00-\x1f\x7f-\x9f]{1,200}$"),
        "device_types": named("Kinds of machines, by name.", {"$ref": "#/$defs/device_type"}),
        "sites": {"$ref": "#/$defs/sites"},
        "fleet": mapping(
            "More sites and devices, one row a device.",
            {
                "from": text(
                    "A CSV file with the columns site, gateway, device, type, endpoint and keys of devices."
                )
            },
            ("from",),
        ),
        "moved": {
            "type": "array",
            "description": "Renamed things, so that their history goes along.",
            "items": mapping(
                "One renamed thing.",
                {
                    "from": text("Its address before.", ADDRESS_PATTERN),
                    "to": text("Its address now.", ADDRESS_PATTERN),
                },
                ("from", "to"),
            ),
        },
        "pipelines": {"$ref": "#/$defs/pipelines"},
        "platform": {"$ref": "#/$defs/platform"},
        "access": access_schema.access(),
        "environments": named("The environments, by name.", {"$ref": "#/$defs/environment"}, minProperties=1),
    }
    return {
        "$schema": DRAFT,
        "$id": "urn:aiotctl:schema:blueprint-v1",
        "title": "aiotctl blueprint",
        **mapping("What an AIoT system is.", sections, ("blueprint", "name", "owner", "environments")),
        "$defs": {
            "device_type": device_type(),
            "device": device(),
            "site": site(),
            "sites": named("Places, by name.", {"$ref": "#/$defs/site"}),
            "pipeline": pipeline(),
            "pipelines": named("What is done to values, by name.", {"$ref": "#/$defs/pipeline"}),
            "platform": platform(),
            "environment": environment(),
        },
    }


def device_keys() -> list[str]:
    """All keys that a device of some protocol may have."""
    return list(cast("dict[str, Any]", device()["properties"]))
