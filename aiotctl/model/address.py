"""Addresses: the stable path of a thing, such as ``site/plant-a/device/press-1/point/pressure``.

Every word of an address is a name from the blueprint or one of the fixed kinds below, joined by ``/``.
"""

from __future__ import annotations


def site(name: str) -> str:
    """Address of a site."""
    return f"site/{name}"


def gateway(site_name: str, name: str) -> str:
    """Address of a gateway."""
    return f"site/{site_name}/gateway/{name}"


def device(site_name: str, name: str) -> str:
    """Address of a device."""
    return f"site/{site_name}/device/{name}"


def point(site_name: str, device_name: str, name: str) -> str:
    """Address of one point of a device."""
    return f"site/{site_name}/device/{device_name}/point/{name}"


def host_of_gateway(site_name: str, name: str) -> str:
    """Address of the unit that holds everything on a gateway's host."""
    return f"host/{site_name}/{name}"


def service(host: str, name: str) -> str:
    """Address of a service on a host; ``host`` is the host unit's address."""
    return f"{host}/service/{name}"


def is_central(unit: str) -> bool:
    """Whether a unit belongs to the whole environment (``host/hub``, ``schema/hub``) and not to a gateway
    (``host/SITE/GATEWAY``).
    """
    return unit.count("/") == 1
