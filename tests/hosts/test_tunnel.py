"""Ports of machines, reached through SSH."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from aiotctl.agents.converge.procfs import arguments, scan
from aiotctl.backends.tunnel import tunnel
from aiotctl.errors import AiotctlError, Exit
from tests.hosts.fleet import Fleet

PORT = 8077
ECHO = f"""
import socketserver
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(4096):
            self.request.sendall(data)
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("127.0.0.1", {PORT}), Echo).serve_forever()
"""
OPEN = f"""
import sys, time
from aiotctl.backends.tunnel import tunnel
from aiotctl.model.blueprint import HostPlace
with tunnel(HostPlace("gw-1", sys.argv[1]), "127.0.0.1", {PORT}) as port:
    print(port, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module", autouse=True)
def echo(fleet: Fleet) -> Iterator[None]:
    """A server on the loopback of a machine."""
    machine = fleet["gw-1"]
    machine.run("systemd-run --unit=echo python3 -c '" + ECHO + "'").ok()
    machine.run(f"until ss -Hltn | grep -q :{PORT}; do sleep 0.05; done").ok()
    yield
    machine.run("systemctl stop echo").ok()


def echoed(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"hello")
        return connection.recv(100)


def closed(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def ssh_to(port: int) -> list[int]:
    return [pid for pid in scan() if any(f"127.0.0.1:{port}:" in word for word in arguments(pid))]


def test_a_port_leads_to_the_machine_and_is_gone_afterwards(dialled: Fleet) -> None:
    place = dialled["gw-1"].place()
    with tunnel(place, "127.0.0.1", PORT) as first, tunnel(place, "127.0.0.1", PORT) as second:
        assert echoed(first) == echoed(second) == b"hello"
        assert len(ssh_to(first)) == 1
    assert closed(first)
    assert ssh_to(first) == []


def test_it_goes_through_a_jump_host(dialled: Fleet) -> None:
    with tunnel(replace(dialled["gw-1"].place(), jump="gw-2"), "127.0.0.1", PORT) as port:
        assert echoed(port) == b"hello"


def test_a_machine_that_lets_nobody_in(dialled: Fleet) -> None:
    with (
        pytest.raises(AiotctlError, match="host-login") as caught,
        tunnel(dialled["gw-1"].place(user="stranger"), "127.0.0.1", PORT),
    ):
        pass
    assert caught.value.diagnostics[0].address == "host/gw-1"
    with (
        pytest.raises(AiotctlError) as caught,
        tunnel(replace(dialled["gw-1"].place(), port=9), "127.0.0.1", PORT),
    ):
        pass
    assert caught.value.exit_code is Exit.UNREACHABLE


def test_none_is_left_when_its_program_is_killed(dialled: Fleet) -> None:
    words = [sys.executable, "-c", OPEN, dialled["gw-1"].address]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=dict(os.environ)) as program:
        assert program.stdout
        port = int(program.stdout.readline())
        assert echoed(port) == b"hello"
        program.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while ssh_to(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ssh_to(port) == []
    assert closed(port)
