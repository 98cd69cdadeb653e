"""What every entry of the catalog offers, and what it is given to lower from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from aiotctl.model.blueprint import Device, Gateway, Json, Site
from aiotctl.model.deployment import Deployment
from aiotctl.model.names import HUB
from aiotctl.model.primitives import (
    Certificate,
    ConfigFile,
    Directory,
    Flow,
    Package,
    Right,
    Schema,
    Series,
    Service,
    Text,
)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What an entry adds to one host."""

    programs: tuple[str, ...] = ()
    directories: tuple[Directory, ...] = ()
    files: tuple[ConfigFile, ...] = ()
    services: tuple[Service, ...] = ()
    packages: tuple[Package, ...] = ()
    certificates: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class GatewayContext:
    """One gateway with its devices. ``endpoints`` holds for each device the URL its collector dials, None
    where the device publishes to the compiled broker; ``series`` those of each device, raw first; ``rights``
    of the clients of the gateway's own broker, where it has one.
    """

    deployment: Deployment
    site: Site
    gateway: Gateway
    devices: tuple[Device, ...]
    series: Mapping[str, tuple[Series, ...]]
    endpoints: Mapping[str, Text | None]
    rights: tuple[Right, ...] = ()


@dataclass(frozen=True, slots=True)
class HubContext:
    """One central host, by its address. ``rights`` of every broker client; ``series`` of the whole
    environment, made when asked.
    """

    deployment: Deployment
    rights: tuple[Right, ...]
    series: Callable[[], tuple[Series, ...]]
    host: str = HUB


@dataclass(frozen=True, slots=True)
class FlowContext:
    """An environment with hosts, and the gateways whose connections are asked for."""

    deployment: Deployment
    gateways: tuple[tuple[Site, Gateway], ...]


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """An engine for a role of the platform.

    ``options`` is a JSON Schema object of the entry's own options, every property with a description and a
    default.
    The lowering functions are None where the entry adds nothing there. ``local``: it runs in environments
    without hosts of their own, ``hosts``: in those with. ``flows`` are the connections that it needs between
    hosts, devices and people; ``limit`` is what a runtime makes of a service. ``optional``: the role is there
    only where it is written; ``managed``: the environment's cloud serves it, so that no host does.
    """

    role: str
    engine: str
    description: str
    options: Mapping[str, Json] = field(default_factory=dict[str, Json])
    gateway: Callable[[GatewayContext], Contribution] | None = None
    hub: Callable[[HubContext], Contribution] | None = None
    schema: Callable[[HubContext], Schema] | None = None
    flows: Callable[[FlowContext], Iterator[Flow]] | None = None
    limit: Callable[[Deployment, Service], Service] | None = None
    local: bool = True
    hosts: bool = False
    optional: bool = False
    managed: bool = False
