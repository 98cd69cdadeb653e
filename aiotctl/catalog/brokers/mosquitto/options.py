"""What can be said of Mosquitto in a blueprint."""

from __future__ import annotations

from aiotctl.catalog.conduits import networks_schema
from aiotctl.catalog.options import size
from aiotctl.model.blueprint import Json
from aiotctl.model.deployment import Deployment
from aiotctl.quantities import SIZE_PATTERN

DEFAULTS: dict[str, str] = {"version": "2.0.11*", "storage": "1 GB", "buffer": "256 MB"}

OPTIONS: dict[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "version": {
            "type": "string",
            "pattern": r"^2\.0\.[0-9A-Za-z.+~:*-]+$",  # 2.1 names its files in another way
            "default": DEFAULTS["version"],
            "description": "the distribution's package, as apt writes it; the configuration is that of 2.0",
        },
        "storage": {
            "type": "string",
            "pattern": SIZE_PATTERN,
            "default": DEFAULTS["storage"],
            "description": "memory and disk for messages that wait at the hub for one client",
        },
        "buffer": {
            "type": "string",
            "pattern": SIZE_PATTERN,
            "default": DEFAULTS["buffer"],
            "description": "disk space for messages that wait at a gateway for the hub; when it is full the "
            "oldest go, and are counted",
        },
        "gateways": networks_schema(
            "networks from which gateways dial the hub, where these are not their own addresses (NAT)"
        ),
        "devices": networks_schema(
            "networks from which devices without certificates may dial a gateway's broker; without any, all"
        ),
    },
}


def version(deployment: Deployment) -> str:
    """The package's version, as apt's pattern."""
    return str(_option(deployment, "version"))


def size_of(deployment: Deployment, name: str) -> int:
    """One of the sizes, in bytes."""
    return size(_option(deployment, name))


def _option(deployment: Deployment, name: str) -> Json:
    return deployment.platform["broker"].options.get(name, DEFAULTS[name])
