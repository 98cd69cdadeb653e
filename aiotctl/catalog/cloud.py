"""What all clouds of the catalog have in common: their place among the entries, their options and how these
are read.

A cloud lowers to no service of a host. Its stacks are put together in ``pipeline/lower/stacks.py`` and made
by ``stacks/CLOUD/``; an entry here says what can be asked of it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from aiotctl.catalog.discovery import platform_entry
from aiotctl.catalog.entry import PlatformEntry
from aiotctl.catalog.options import milliseconds, size
from aiotctl.model.blueprint import Json
from aiotctl.model.deployment import Deployment
from aiotctl.quantities import DURATION_PATTERN, SIZE_PATTERN

ROLE = "cloud"
LAB = "lab"
DATABASE, NODE = "database", "node"
"""How the managed database, and a node of the cluster, are called among the sizes."""

GIB = 1 << 30
DAY_MS = 86_400_000
NETWORK_PATTERN = r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/(1[6-9]|2[0-%d])$"
ZONE_PATTERN = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+)?$"
MAIL_PATTERN = r"^([^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+)?$"
SIZED_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]{0,62}(/[A-Za-z][A-Za-z0-9_-]{0,62})?$"


@dataclass(frozen=True, slots=True)
class CloudEntry(PlatformEntry):
    """A cloud. ``gateways``: it also makes the machines of gateways, as only the lab does; ``extra``: its own
    packages are installed by this extra of the project's (empty: it needs none but Pulumi's).
    """

    role: str = ROLE
    engine: str = ""
    description: str = ""
    gateways: bool = False
    extra: str = ""
    local: bool = False
    hosts: bool = True
    optional: bool = True


def options(cidr: str, smallest: int = 28, /, **more: Json) -> dict[str, Json]:
    """The JSON Schema of a cloud's options: those of all clouds, and its own. ``smallest`` is the longest
    prefix of a network that the cloud can still divide, /20 to /28. Without ``cidr`` the network follows from
    the names of blueprint and environment.
    """
    pattern = NETWORK_PATTERN % (smallest - 20)
    derived = "; by default one of 10.64.0.0/12 that follows from the names of blueprint and environment"
    common: dict[str, Json] = {
        "cidr": {
            "type": "string",
            "pattern": pattern if cidr else f"^({pattern[1:-1]})?$",
            "default": cidr,
            "examples": [cidr or "10.91.0.0/24"],
            "description": f"the private network of the stack, /16 to /{smallest}{'' if cidr else derived}",
        },
        "production": {
            "type": "boolean",
            "default": False,
            "description": "what holds data is protected from deletion and is backed up",
        },
        "sizes": _SIZES,
        "backup": {
            "type": "string",
            "pattern": DURATION_PATTERN,
            "default": "7d",
            "description": "how long backups of the managed database are kept, in whole days",
        },
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["region"] if "region" in more else [],
        "properties": {**more, **common},
    }


_SIZES: dict[str, Json] = {
    "type": "object",
    "propertyNames": {"pattern": SIZED_PATTERN},
    "additionalProperties": {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            "vcpus": {"type": "integer", "minimum": 1, "maximum": 128, "description": "virtual processors"},
            "memory": {"type": "string", "pattern": SIZE_PATTERN, "description": "its memory"},
            "disk": {"type": "string", "pattern": SIZE_PATTERN, "description": "its disk"},
        },
    },
    "default": {},
    "description": "sizes that replace those worked out (`aiotctl show sizing`), by the name of a host, "
    "`database` or `node`",
}


def region(pattern: str, *examples: str) -> dict[str, Json]:
    """The option that says where everything is made. It has no default: where data lie, people say."""
    return {
        "type": "string",
        "pattern": pattern,
        "examples": list[Json](examples),
        "description": "where everything of it is made",
    }


def services(key: str, example: str) -> dict[str, Json]:
    """Options of what the great clouds can give beside machines. ``key``: the pattern of its key service's
    URLs.
    """
    return {
        "secrets": {
            "type": "string",
            "pattern": f"^({key})?$",
            "default": "",
            "examples": [example],
            "description": "the key of the cloud's key service that encrypts secrets in the state of stacks "
            "made from then on; without it they are encrypted with a passphrase from the vault",
        },
        "zone": {
            "type": "string",
            "pattern": ZONE_PATTERN,
            "default": "",
            "examples": ["aiot.acme.example"],
            "description": "the cloud's DNS zone in which machines get names; without it they have addresses",
        },
        "alarms": {
            "type": "string",
            "pattern": MAIL_PATTERN,
            "default": "",
            "examples": ["ops@acme.example"],
            "description": "the mail address that is told of full disks and machines that fail",
        },
        "registry": {
            "type": "boolean",
            "default": False,
            "description": "a private registry of container images",
        },
        "images_kept": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "default": 20,
            "description": "how many images of each name the registry keeps",
        },
        "cluster": {
            "type": "boolean",
            "default": False,
            "description": "a managed Kubernetes cluster",
        },
        "kubernetes": {
            "type": "string",
            "pattern": r"^1\.[0-9]{2}$",
            "default": "1.33",
            "examples": ["1.33"],
            "description": "the cluster's minor version",
        },
        "nodes": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100,
            "default": 2,
            "description": "how many nodes the cluster has",
        },
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """What an environment asks of its cloud, read from its options. Memory and disk of ``sizes`` are GiB."""

    engine: str
    region: str
    cidr: str
    production: bool
    backup_days: int
    zone: str = ""
    alarms: str = ""
    secrets: str = ""
    registry: bool = False
    images_kept: int = 20
    cluster: bool = False
    kubernetes: str = "1.33"
    nodes: int = 2
    sizes: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])


def asked(deployment: Deployment) -> Asked | None:
    """What the environment asks of its cloud; None where it has none."""
    choice = deployment.platform.get(ROLE)
    if choice is None:
        return None
    told = dict(choice.options)
    sizes = told.pop("sizes", None)
    days = max(1, -(-milliseconds(told.pop("backup", "7d")) // DAY_MS))
    given: dict[str, Json] = {"region": "local", **told}
    given["cidr"] = given.get("cidr") or _derived(deployment)
    return Asked(
        engine=choice.engine,
        backup_days=days,
        sizes={name: _size(one) for name, one in sizes.items()} if isinstance(sizes, dict) else {},
        **given,  # pyright: ignore[reportArgumentType]  # the entry's JSON Schema has accepted them
    )


def _derived(deployment: Deployment) -> str:
    """A network of an environment's own on a machine with many: outside of those that podman and Kubernetes
    take by themselves. Two environments have the same one once in 4096.
    """
    number = zlib.crc32(f"{deployment.blueprint}/{deployment.environment.name}".encode()) % 4096
    return f"10.{64 + number // 256}.{number % 256}.0/24"


def is_managed(deployment: Deployment, role: str) -> bool:
    """Whether the cloud serves a role, so that no host does."""
    choice = deployment.platform.get(role)
    return choice is not None and platform_entry(role, choice.engine).managed


def network(deployment: Deployment) -> str:
    """The private network of the environment's stack (CIDR); empty where it has none."""
    found = asked(deployment)
    return found.cidr if found else ""


def _size(written: Json) -> dict[str, int]:
    told = written if isinstance(written, dict) else {}
    return {
        key: -(-size(value) // GIB) if key in ("memory", "disk") else int(str(value))
        for key, value in told.items()
    }
