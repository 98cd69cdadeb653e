"""The connections that a compiled system needs: zones and conduits, as IEC 62443-3-2 calls them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aiotctl.catalog.discovery import platform_entry
from aiotctl.catalog.entry import FlowContext
from aiotctl.model import address
from aiotctl.model.blueprint import Gateway, Site
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Flow


def flows(deployment: Deployment) -> tuple[Flow, ...]:
    """All of them; none where everything runs on this machine, where nothing listens beyond the loopback."""
    return tuple(_flows(deployment, _gateways(deployment)))


def flows_to(deployment: Deployment, host: str) -> tuple[Flow, ...]:
    """Those that arrive at a host. A gateway's depend on that gateway alone."""
    gateways = _gateways(deployment) if address.is_central(host) else [deployment.gateway_of(host)]
    return tuple(flow for flow in _flows(deployment, gateways) if flow.target == host)


def _gateways(deployment: Deployment) -> list[tuple[Site, Gateway]]:
    return [(site, gateway) for site in deployment.sites.values() for gateway in site.gateways]


def _flows(deployment: Deployment, gateways: Iterable[tuple[Site, Gateway]]) -> Iterator[Flow]:
    if deployment.environment.local:
        return
    context = FlowContext(deployment, tuple(gateways))
    for role, choice in sorted(deployment.platform.items()):
        entry = platform_entry(role, choice.engine)
        if entry.flows is not None:
            yield from entry.flows(context)
