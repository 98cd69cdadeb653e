"""Who is connected to a Mosquitto, from its open connections and its log; where a route through one stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from aiotctl.model.verification import Cause, Hop, Stop
from aiotctl.probes.flow.broker import UNNAMED, BrokerState
from aiotctl.probes.flow.hops import GatewayState, Surroundings, where
from aiotctl.probes.flow.logs import forwarder_trouble
from aiotctl.probes.flow.mosquitto import state
from aiotctl.probes.flow.sources import Between
from tests.probes.test_flow_judgement import ALL, GATEWAY, ROUTE, WRITER, series

CAME = "1795438000: New client connected from {} as {} (p2, c0, k30, u'{}')."
OPEN = "0      0      [::ffff:10.89.0.10]:8883   [::ffff:{}]:{}"


def test_a_user_is_connected_while_its_connection_is_open() -> None:
    log = [
        CAME.format("10.89.0.11:50000", "gateway:a:gw-1:hub", GATEWAY),
        CAME.format("10.89.0.12:50000", "gateway:a:gw-2:hub", "gateway.a.gw-2"),
        "1795438001: Client gateway:a:gw-3:hub disconnected, not authorised.",
        CAME.format("10.89.0.10:40000", "hub writer", WRITER),
    ]
    peers = ["10.89.0.11:50000", "10.89.0.10:40000"]
    found = state("\n".join([*(OPEN.format(*peer.split(":")) for peer in peers), "", *log]))
    assert found.users == {GATEWAY, WRITER}
    assert found.lacks("gateway.a.gw-2")
    assert found.refused == {"gateway:a:gw-3:hub": "Client gateway:a:gw-3:hub disconnected, not authorised."}


def test_an_open_connection_of_nobody_known_may_be_anybodys() -> None:
    found = state(OPEN.format("10.89.0.11", 50000) + "\n\n")
    assert not found.lacks(GATEWAY)


def test_nobody_is_there() -> None:
    assert state("\n" + CAME.format("10.89.0.11:50000", "x", GATEWAY)).lacks(GATEWAY)


SAID = "INFO the gateway's broker is connected\n{}\nWARNING the gateway's broker is not connected: gone\n"
REFUSED = "WARNING the hub's broker is not connected: SSLError: certificate revoked"


def test_what_keeps_a_forwarder_from_the_hub() -> None:
    assert forwarder_trouble(SAID.format(REFUSED)) == "SSLError: certificate revoked"
    assert forwarder_trouble(SAID.format(f"{REFUSED}\nINFO the hub's broker is connected")) == ""
    assert forwarder_trouble("") == ""


BETWEEN = Between("host/a/gw-1/service/mosquitto", "host/a/gw-1/service/forward")
WELL = BrokerState(frozenset({GATEWAY, WRITER}), 0)
THERE = GatewayState(BETWEEN, BrokerState(ALL, 0), "", lambda: "certificate revoked")


def around(
    hub: BrokerState = WELL, gateway: GatewayState = THERE, logs: Mapping[str, Mapping[str, str]] = {}
) -> Surroundings:
    return Surroundings(hub, "", lambda one: logs.get(one, {}), frozenset(), lambda _: gateway)


@pytest.mark.parametrize(
    ("surroundings", "stop"),
    [
        (
            around(replace(WELL, users=frozenset({WRITER}))),
            Stop(Hop.FORWARDER, BETWEEN.forwarder, Cause.NOT_CONNECTED, "certificate revoked"),
        ),
        (
            around(gateway=replace(THERE, broker=None, broker_error="it is inactive")),
            Stop(Hop.BROKER, BETWEEN.broker, Cause.UNREACHABLE, "it is inactive"),
        ),
        (
            around(logs={ROUTE.collector: {"broker": "not authorized"}}),
            Stop(Hop.COLLECTOR, ROUTE.collector, Cause.NOT_CONNECTED, "not authorized"),
        ),
        (
            around(gateway=replace(THERE, broker=WELL)),
            Stop(Hop.DEVICE, ROUTE.device, Cause.NOT_CONNECTED),
        ),
        (
            around(gateway=replace(THERE, broker=replace(WELL, refused={UNNAMED: "not authorised"}))),
            Stop(Hop.DEVICE, ROUTE.device, Cause.NOT_CONNECTED, "not authorised"),
        ),
        (around(), Stop(Hop.DEVICE, ROUTE.device, Cause.NOTHING_COMES)),
        (
            around(BrokerState(frozenset({WRITER}), 0, complete=False)),
            Stop(Hop.DEVICE, ROUTE.device, Cause.NOTHING_COMES),
        ),
    ],
)
def test_where_a_route_through_a_gateways_broker_stops(surroundings: Surroundings, stop: Stop) -> None:
    assert where(series(), ROUTE, surroundings) == stop
