"""Finds where a silent series stops: from the database backwards, the first part of its route that is not
well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiotctl.model import names
from aiotctl.model.primitives import Route, Series
from aiotctl.model.verification import Cause, Hop, Stop
from aiotctl.probes.flow.broker import UNNAMED, BrokerState
from aiotctl.probes.flow.sources import Between

BACKLOG = 1000
"""Waiting messages beyond which the writer counts as behind; a gateway sends two a second."""

WRITER_PLUGINS = ("outputs.postgresql", "database", "broker")
OUTPUT_PLUGINS = ("outputs.mqtt", "broker")
"""Plugins whose errors explain that the hub's or a gateway's collector is not connected, most telling
first.
"""


@dataclass(frozen=True, slots=True)
class GatewayState:
    """A gateway's own broker (None: it could not be asked, with ``broker_error``), and the forwarder that
    carries to the hub's, with what keeps it from that.
    """

    between: Between
    broker: BrokerState | None
    broker_error: str
    forwarder_error: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known beside the values: the broker's state (None: it did not answer, with ``broker_error``;
    or nobody asked), errors by collector and plugin, which devices have a series that flows, and what a
    collector's gateway has of its own.
    """

    broker: BrokerState | None
    broker_error: str
    errors: Callable[[str], Mapping[str, str]]
    flowing_devices: frozenset[str]
    gateway: Callable[[str], GatewayState | None] = lambda _: None


def where(series: Series, route: Route, around: Surroundings) -> Stop:
    """Where the series stops."""
    return _hub(route, around) or _gateway(series, route, around) or _device(series, route, around)


def _hub(route: Route, around: Surroundings) -> Stop | None:
    if around.broker_error:
        return Stop(Hop.BROKER, route.broker, Cause.UNREACHABLE, around.broker_error)
    if around.broker is None:
        return None
    errors = around.errors(route.writer)
    told = _first(errors, WRITER_PLUGINS)
    if around.broker.lacks(names.WRITER):
        return Stop(Hop.WRITER, route.writer, Cause.NOT_CONNECTED, told)
    if around.broker.backlog > BACKLOG:
        return Stop(Hop.WRITER, route.writer, Cause.BACKLOG, told or str(around.broker.backlog))
    return None


def _gateway(series: Series, route: Route, around: Surroundings) -> Stop | None:
    if route.device in around.flowing_devices or around.broker is None:
        return None
    client = names.gateway_client(series.site, series.gateway)
    if gateway := around.gateway(route.collector):
        return _between(route, client, gateway, around)
    if not around.broker.lacks(client):
        return None
    told = _first(around.errors(route.collector), OUTPUT_PLUGINS)
    return Stop(Hop.COLLECTOR, route.collector, Cause.NOT_CONNECTED, told)


def _between(route: Route, client: str, gateway: GatewayState, around: Surroundings) -> Stop | None:
    """Where a gateway has a broker of its own: that one, the forwarder behind it, the collector before it."""
    if gateway.broker_error:
        return Stop(Hop.BROKER, gateway.between.broker, Cause.UNREACHABLE, gateway.broker_error)
    if around.broker and around.broker.lacks(client):
        why = gateway.forwarder_error()
        return Stop(Hop.FORWARDER, gateway.between.forwarder, Cause.NOT_CONNECTED, why)
    told = _first(around.errors(route.collector), OUTPUT_PLUGINS)
    return Stop(Hop.COLLECTOR, route.collector, Cause.NOT_CONNECTED, told) if told else None


def _device(series: Series, route: Route, around: Surroundings) -> Stop:
    lives = route.device in around.flowing_devices
    told = _input_error(around.errors(route.collector), route.collector_input, series.point, lives)
    if told:
        return Stop(Hop.POINT if lives else Hop.DEVICE, route.device, Cause.LOGGED_ERROR, told)
    if lives:
        return Stop(Hop.POINT, route.device, Cause.NOTHING_COMES)
    gateway = around.gateway(route.collector)
    broker = gateway.broker if gateway else around.broker
    if route.device_client and broker and broker.lacks(route.device_client):
        refused = broker.refused.get(route.device_client) or broker.refused.get(UNNAMED, "")
        return Stop(Hop.DEVICE, route.device, Cause.NOT_CONNECTED, refused)
    return Stop(Hop.DEVICE, route.device, Cause.NOTHING_COMES)


def _input_error(errors: Mapping[str, str], device: str, point: str, lives: bool) -> str | None:
    """The error of the point's own input; else that of another input of the device, which may hold the
    point: of any where nothing of the device flows, of the only one that fails where something does.

    The collector names an input after the device and the first point it reads: ``DEVICE/POINT``.
    """
    exact = errors.get(f"{device}/{point}") or errors.get(device)
    others = [told for alias, told in errors.items() if alias.startswith(f"{device}/")]
    return exact or (others[-1] if others and (len(others) == 1 or not lives) else None)


def _first(errors: Mapping[str, str], plugins: Sequence[str]) -> str:
    return next((errors[plugin] for plugin in plugins if plugin in errors), "")
