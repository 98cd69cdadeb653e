"""The ends of a flow, in the words of zones and conduits (IEC 62443-3-2)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from aiotctl.catalog.cloud import LAB, asked, network
from aiotctl.model import address
from aiotctl.model.blueprint import Device, Gateway, Json, Site
from aiotctl.model.deployment import Deployment

HUB_ZONE = "hub"
PEOPLE_ZONE = "people"
OPERATOR, PERSON = "operator", "person"
TLS, MUTUAL_TLS, SSH, SSH_KEY, PASSWORD, NONE = "TLS", "mutual TLS", "SSH", "SSH key", "password", "none"

NETWORK_PATTERN = r"^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$"


def gateway_zone(site: Site) -> str:
    """The zone of a site's gateways."""
    return f"{site.name}/gateways"


def device_zone(site: str) -> str:
    """The zone of a site's devices."""
    return f"{site}/devices"


def gateway_host(site: Site, gateway: Gateway) -> str:
    """The host of a gateway."""
    return address.host_of_gateway(site.name, gateway.name)


def device_end(device: Device) -> str:
    """A device as an end of a flow."""
    return f"device/{device.site}/{device.name}"


def networks_of(deployment: Deployment, host: str) -> tuple[str, ...]:
    """The address of a host as a network; none where it is a name, which means something else every day. Of
    a machine that a stack makes it is the stack's network.
    """
    place = deployment.environment.hosts[host.removeprefix("host/")]
    if place.stack:
        return (network(deployment),)
    return (place.address,) if is_address(place.address) else ()


def networks_of_gateway(deployment: Deployment, site: Site, gateway: Gateway) -> tuple[str, ...]:
    """Where the connections of a gateway come from: its own network in a lab, else what its site or the
    broker's option says, or its address.
    """
    host = gateway_host(site, gateway)
    if deployment.environment.hosts[host.removeprefix("host/")].stack:
        return networks_of(deployment, host)
    return site.egress or networks_option(deployment, "broker", "gateways") or networks_of(deployment, host)


def and_lab(deployment: Deployment, networks: tuple[str, ...]) -> tuple[str, ...]:
    """Networks that may come in, and in a lab this machine, which stands for people and devices there."""
    cloud = asked(deployment) if networks else None
    return (*networks, cloud.cidr) if cloud and cloud.engine == LAB else networks


def is_address(text: str) -> bool:
    """Whether the text is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def networks_option(deployment: Deployment, role: str, name: str) -> tuple[str, ...]:
    """Networks that an engine's option lists, each in its one spelling."""
    choice = deployment.platform.get(role)
    written: Json = choice.options.get(name, []) if choice else []
    return (
        tuple(str(ip_network(str(one), strict=False)) for one in written) if isinstance(written, list) else ()
    )


def networks_schema(description: str) -> dict[str, Json]:
    """The JSON Schema of such an option."""
    return {
        "type": "array",
        "items": {"type": "string", "pattern": NETWORK_PATTERN},
        "uniqueItems": True,
        "default": [],
        "description": description,
        "x-networks": True,
    }
