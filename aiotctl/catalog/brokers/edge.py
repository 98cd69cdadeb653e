"""Whether gateways have a broker of their own, where clients find theirs, and whose session is whose."""

from __future__ import annotations

from aiotctl.catalog.discovery import platform_entry
from aiotctl.model import address
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Quoting, SecretRef

FORWARDER = "forward"
"""Name of the service that carries from a gateway's own broker to the hub's."""


def at_gateways(deployment: Deployment) -> bool:
    """Whether the chosen engine puts a broker on each gateway."""
    choice = deployment.platform.get("broker")
    return choice is not None and platform_entry("broker", choice.engine).gateway is not None


def of_gateway(deployment: Deployment, site: str, gateway: str) -> str:
    """Address of the broker that a gateway's collector and devices are clients of."""
    engine = deployment.platform["broker"].engine
    own = address.host_of_gateway(site, gateway)
    return address.service(own if at_gateways(deployment) else deployment.host_of("broker"), engine)


def of_hub(deployment: Deployment) -> str:
    """Address of the environment's broker at the hub."""
    return address.service(deployment.host_of("broker"), deployment.platform["broker"].engine)


def session(*words: str) -> SecretRef:
    """A client identifier of one of the platform's own clients, as a JSON string. Brokers give a session to
    whoever comes under its identifier, with any certificate or password: so nobody else may know it.
    """
    return SecretRef(f"session/{'.'.join(words)}", Quoting.JSON)
