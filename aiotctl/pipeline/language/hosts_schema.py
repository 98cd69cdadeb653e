"""The schema of an environment's machines and of how changes reach them."""

from __future__ import annotations

from aiotctl.catalog.secrets import SECRET
from aiotctl.model.blueprint import Json
from aiotctl.pipeline.language.schema_parts import NAME_PATTERN, Schema, mapping, text
from aiotctl.quantities import DURATION_PATTERN, PERCENT_PATTERN

ADDRESS = r"^[A-Za-z0-9:][A-Za-z0-9.:_-]{0,252}$"
HOST_NAME = r"^[A-Za-z][A-Za-z0-9_-]{0,62}(/[A-Za-z][A-Za-z0-9_-]{0,62})?$"
WORD = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$"
ROLES = ("broker", "timeseries", "lake", "collector")
"""What a central host can serve."""


def hosts() -> Schema:
    """The machines of an environment, by name."""
    return {
        "type": "object",
        "description": "Its machines: central ones by a name of their own, gateways as `SITE/GATEWAY`. "
        "Without any, everything runs on this machine.",
        "propertyNames": {"pattern": HOST_NAME},
        "additionalProperties": _host(),
    }


def _host() -> Schema:
    labels: Json = text("Value of the label.")
    properties: Schema = {
        "address": text(
            "Name or IP address that other machines and OpenSSH dial. Without one the environment's cloud "
            "makes the machine.",
            ADDRESS,
        ),
        "serves": {
            "type": "array",
            "items": {"enum": list(ROLES)},
            "uniqueItems": True,
            "minItems": 1,
            "description": "Roles of the platform that a central host carries; each is carried once. The "
            "hub's collector lives beside the database unless told otherwise.",
        },
        "user": text("Who logs in. Default: as your ssh_config says.", WORD),
        "port": {
            "type": "integer",
            "minimum": 1,
            "maximum": 65535,
            "description": "Port of the SSH server. Default: as your ssh_config says.",
        },
        "key": text(
            "File of the private key. Default: your agent and ssh_config.",
            r"^[~/.A-Za-z0-9_][^\x00-\x1f\x7f]*$",
        ),
        "jump": text(
            "Host to jump through, `user@host:port`, several with commas.",
            r"^[A-Za-z0-9_][A-Za-z0-9_.:@,\[\]-]*$",
        ),
        "become": {
            "enum": ["sudo", "none"],
            "default": "sudo",
            "description": "How the user becomes root; `none` where root logs in.",
        },
        "become_password": {**SECRET, "description": "The password for sudo, where it asks for one."},
        "labels": {
            "type": "object",
            "propertyNames": {"pattern": NAME_PATTERN},
            "additionalProperties": labels,
            "description": "Labels beside those of the gateway, for waves and selections.",
        },
    }
    return mapping("A machine that OpenSSH reaches.", properties)


def rollout() -> Schema:
    """How a change reaches the gateways."""
    count: Json = {"type": "integer", "minimum": 1}
    share: Json = {"type": "string", "pattern": PERCENT_PATTERN}
    wave = mapping(
        "A wave of gateways with certain labels.",
        {
            "share": {
                "type": ["integer", "string"],
                "if": {"type": "integer"},
                "then": count,
                "else": share,
                "default": "100 %",
                "description": "So many gateways, or a share of those with the labels.",
            },
            "labels": {
                "type": "object",
                "propertyNames": {"pattern": NAME_PATTERN},
                "additionalProperties": text("Value of the label."),
                "minProperties": 1,
                "description": "Only gateways with all of these labels.",
            },
        },
        ("labels",),
    )
    return mapping(
        "How a change reaches the gateways: in waves, each looked at before the next.",
        {
            "waves": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": ["integer", "string", "object"],
                    "if": {"type": "object"},
                    "then": wave,
                    "else": {"if": {"type": "string"}, "then": share, "else": count},
                },
                "default": ["100 %"],
                "description": "How many gateways have the change after each wave: `[1, 10 %, 100 %]`.",
            },
            "max_fail": {
                "type": ["integer", "string"],
                "if": {"type": "string"},
                "then": share,
                "else": {"const": 0},
                "default": 0,
                "description": "Share of a wave that may fail, be unreachable or unwell before all stops.",
            },
            "soak": text("How long to wait between waves.", DURATION_PATTERN, default="0s"),
            "health": {
                "enum": ["services", "verify"],
                "default": "services",
                "description": "What must be well before the next wave: the services of the wave's hosts, or "
                "also every series of theirs.",
            },
        },
    )
