"""Ports are kept once chosen, unless another program holds one before the host stands."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from aiotctl.backends import ports
from aiotctl.model.primitives import Host, Port, Service

KEY = "host/hub/service/nats#mqtt"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as other:
        other.bind((ports.LOOPBACK, 0))
        other.listen()
        yield other.getsockname()[1]


def hub(preferred: int) -> Host:
    service = Service("nats", "nats", (("nats",),), ports=(Port("mqtt", preferred),))
    return Host("host/hub", None, (), (), (), (service,))


def test_a_taken_port_is_passed_over(taken: int) -> None:
    outputs = ports.choose([hub(taken)], {}, lambda _: False)
    assert int(outputs[f"{KEY}.port"]) != taken
    assert outputs[f"{KEY}.address"] == f"127.0.0.1:{outputs[f'{KEY}.port']}"


@pytest.mark.parametrize("stands", [True, False])
def test_a_known_port_that_is_taken_is_kept_only_by_a_host_that_stands(taken: int, stands: bool) -> None:
    outputs = ports.choose([hub(1024)], {f"{KEY}.port": str(taken)}, lambda _: stands)
    assert (outputs[f"{KEY}.port"] == str(taken)) is stands


def test_two_services_never_share_a_port() -> None:
    one, two = hub(20000), hub(20000)
    outputs = ports.choose([one], {}, lambda _: False)
    second = Host("host/field", None, (), (), (), two.services)
    more = ports.choose([second], outputs, lambda _: False)
    assert more["host/field/service/nats#mqtt.port"] != outputs[f"{KEY}.port"]
