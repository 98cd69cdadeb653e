"""Services as hardened systemd units of a Linux host of its own, behind a firewall."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from aiotctl.catalog import conduits
from aiotctl.catalog.entry import FlowContext, PlatformEntry
from aiotctl.catalog.options import size
from aiotctl.model.blueprint import Json
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Flow, Resources, Service
from aiotctl.quantities import SIZE_PATTERN

SSH_PORT = 22

SERVICES = ("forward", "lake-export", "maintenance", "mosquitto", "postgres", "seaweedfs", "telegraf")
"""Services of hosts. All agents of a gateway's collector are ``telegraf``."""

_LIMITS: dict[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "memory": {"type": "string", "pattern": SIZE_PATTERN, "description": "memory of all its processes"},
        "cpu": {
            "type": "integer",
            "minimum": 1,
            "maximum": 100_000,
            "description": "processor time in percent of one processor",
        },
        "files": {"type": "integer", "minimum": 64, "maximum": 1_048_576, "description": "open files"},
    },
}

OPTIONS: Mapping[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "operators": conduits.networks_schema(
            "networks from which hosts may be reached by SSH; without any, all: a lockout is worse"
        ),
        "ssh_port": {
            "type": "integer",
            "minimum": 1,
            "maximum": 65535,
            "default": SSH_PORT,
            "description": "port of the SSH servers, where a host says nothing else",
        },
        "open": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": 65535},
            "uniqueItems": True,
            "default": [],
            "description": "TCP ports of programs that are not aiotctl's and stay reachable (monitoring ...)",
        },
        "limits": {
            "type": "object",
            "propertyNames": {"enum": list(SERVICES)},
            "additionalProperties": _LIMITS,
            "default": {},
            "description": "what a service may take at most, by its name; beyond its memory it is ended and "
            "started again",
        },
    },
}


def _flows(context: FlowContext) -> Iterator[Flow]:
    """Operators, and the controller on their behalf, reach every host by SSH."""
    deployment = context.deployment
    hosts = [(hub, conduits.HUB_ZONE) for hub in deployment.hubs()]
    hosts += [
        (conduits.gateway_host(site, gateway), conduits.gateway_zone(site))
        for site, gateway in context.gateways
    ]
    allowed = conduits.and_lab(deployment, conduits.networks_option(deployment, "runtime", "operators"))
    for host, zone in hosts:
        yield Flow(
            conduits.OPERATOR,
            conduits.PEOPLE_ZONE,
            host,
            zone,
            ssh_port(deployment, host),
            "operation",
            conduits.SSH,
            conduits.SSH_KEY,
            allowed,
        )
        for port in open_ports(deployment):
            yield Flow(
                "foreign", "foreign", host, zone, port, "left open by the blueprint", "unknown", "unknown"
            )


def _limit(deployment: Deployment, service: Service) -> Service:
    """The service with its limits."""
    limits = deployment.platform["runtime"].options.get("limits", {})
    name = "telegraf" if service.name.startswith("telegraf-") else service.name
    wanted = limits.get(name) if isinstance(limits, dict) else None
    if not isinstance(wanted, dict):
        return service
    memory, cpu, files = (wanted.get(key) for key in ("memory", "cpu", "files"))
    return replace(
        service,
        resources=Resources(size(memory) if memory else 0, int(str(cpu or 0)), int(str(files or 0))),
    )


def ssh_port(deployment: Deployment, host: str) -> int:
    """Where a host's SSH server listens."""
    place = deployment.environment.hosts[host.removeprefix("host/")]
    written = deployment.platform["runtime"].options.get("ssh_port", SSH_PORT)
    return place.port or (written if isinstance(written, int) else SSH_PORT)


def open_ports(deployment: Deployment) -> tuple[int, ...]:
    """Ports of others that stay open."""
    written = deployment.platform["runtime"].options.get("open", [])
    return tuple(int(str(port)) for port in written) if isinstance(written, list) else ()


ENTRY = PlatformEntry(
    role="runtime",
    engine="systemd",
    description="Hardened systemd units, each with a user of its own; for hosts reached by SSH",
    options=OPTIONS,
    flows=_flows,
    limit=_limit,
    local=False,
    hosts=True,
)
