"""Finds where a silent series stops: from the database backwards, the first part of its route that is not
well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiotctl.model import names
from aiotctl.model.primitives import Route, Series
from aiotctl.model.verification import Cause, Hop, Stop
from aiotctl.probes.flow.broker import BrokerState

BACKLOG = 1000
"""Waiting messages beyond which the writer counts as behind; a gateway sends two a second."""

WRITER_PLUGINS = ("outputs.postgresql", "database", "broker")
OUTPUT_PLUGINS = ("outputs.mqtt", "broker")
"""Plugins whose errors explain that the hub's or a gateway's collector is not connected, most telling
first.
"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known beside the values: the broker's state (None: it did not answer, with ``broker_error``;
    or nobody asked), errors by collector and plugin, and which devices have a series that flows.
    """

    broker: BrokerState | None
    broker_error: str
    errors: Callable[[str], Mapping[str, str]]
    flowing_devices: frozenset[str]


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
    if names.WRITER not in around.broker.users:
        return Stop(Hop.WRITER, route.writer, Cause.NOT_CONNECTED, told)
    if around.broker.backlog > BACKLOG:
        return Stop(Hop.WRITER, route.writer, Cause.BACKLOG, told or str(around.broker.backlog))
    return None


def _gateway(series: Series, route: Route, around: Surroundings) -> Stop | None:
    if route.device in around.flowing_devices or around.broker is None:
        return None
    if names.gateway_client(series.site, series.gateway) in around.broker.users:
        return None
    told = _first(around.errors(route.collector), OUTPUT_PLUGINS)
    return Stop(Hop.COLLECTOR, route.collector, Cause.NOT_CONNECTED, told)


def _device(series: Series, route: Route, around: Surroundings) -> Stop:
    lives = route.device in around.flowing_devices
    told = _input_error(around.errors(route.collector), route.collector_input, series.point, lives)
    if told:
        return Stop(Hop.POINT if lives else Hop.DEVICE, route.device, Cause.LOGGED_ERROR, told)
    if lives:
        return Stop(Hop.POINT, route.device, Cause.NOTHING_COMES)
    if route.device_client and around.broker and route.device_client not in around.broker.users:
        return Stop(Hop.DEVICE, route.device, Cause.NOT_CONNECTED)
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
