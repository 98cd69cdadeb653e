"""In between: a server that poses as one of the hub's, on the way that the platform's own clients take."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from aiotctl.access import signing
from tests.hosts.attempts.attempt import Attempt, Trial, Work
from tests.hosts.attempts.certificates import HUB_PORT
from tests.hosts.attempts.stage import DAY, Stage
from tests.hosts.attempts.statements import PORT as SQL_PORT
from tests.hosts.attempts.statements import READER, does
from tests.hosts.attempts.topics import HEARS_ALL
from tests.hosts.machine import Machine

FALSE_PORT = 18_999
COMES_S = 30.0
"""So long a client that was started again may take to dial."""

LOGGED_S = 0.5
TABLE = "ip between"


def poses(machine: str, service: str, port: int, preface: Callable[[socket.socket], None]) -> Work:
    """Poses as a server of the hub to a service of a machine, with a certificate of another authority, and
    tells what the service makes of it.
    """

    def work(stage: Stage) -> str:
        where, address = stage.machine(machine), stage.hub.address if machine != "hub-1" else "127.0.0.1"
        with redirected(where, address, port):
            return stage.inside(machine, lambda: _received(stage, where, address, service, preface))

    return work


@contextmanager
def redirected(machine: Machine, address: str, port: int) -> Generator[None]:
    """What the machine dials there ends here."""
    chain = f"{TABLE} out"
    rule = f"ip daddr {address} tcp dport {port} redirect to :{FALSE_PORT}"
    machine.run(
        f"nft add table {TABLE} && nft 'add chain {chain} {{ type nat hook output priority -100; }}'"
        f" && nft add rule {chain} {rule}"
    ).ok()
    try:
        yield
    finally:
        machine.run(f"nft delete table {TABLE}").ok()


def _received(
    stage: Stage, machine: Machine, address: str, service: str, preface: Callable[[socket.socket], None]
) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*stage.files(false_server(address)))
    with socket.create_server(("127.0.0.1", FALSE_PORT)) as listener:
        listener.settimeout(COMES_S)
        machine.run(f"systemctl restart --no-block aiotctl-{service}").ok()
        line, _ = listener.accept()
        with line:
            line.settimeout(COMES_S)
            preface(line)
            try:
                with context.wrap_socket(line, server_side=True) as secured:
                    return f"sends {secured.recv(100)!r}"
            except OSError as refusal:
                return f"{refusal}; {_log(machine, service)}"


def _log(machine: Machine, service: str) -> str:
    """What a service has said since it was started; the one that ends without an alert tells its log why."""
    time.sleep(LOGGED_S)
    unit = f"aiotctl-{service}"
    since = f"_SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value {unit})"
    return machine.run(f"journalctl --unit {unit} --output cat {since}").out


def false_server(address: str) -> signing.Pair:
    """The certificate of a server at this address, by another authority."""
    now = int(time.time())
    signer = signing.load_signer(signing.new_authority(now, 30))
    return signing.sign(signer, "server.hub-1", (address, "localhost"), now, now + DAY)[0]


def at_once(_: socket.socket) -> None:
    """TLS from the first byte."""


def asked(line: socket.socket) -> None:
    """PostgreSQL's client asks for TLS first."""
    line.recv(8)
    line.sendall(b"S")


UNKNOWN = "UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_VERIFY_FAILED"
FRESH = "SELECT count(*) FROM aiot.value WHERE time > now() - interval '30 s'"

ATTEMPTS = (
    Attempt(
        name="false-hub",
        who="a machine in between, with a certificate of another authority",
        wrong=Trial(
            "poses as the hub's broker to a gateway's forwarder",
            poses("gw-1", "forward", HUB_PORT, at_once),
            UNKNOWN,
        ),
        guard="TLS of the forwarder",
        right=HEARS_ALL,
    ),
    Attempt(
        name="false-database",
        who="a program in between, with a certificate of another authority",
        wrong=Trial(
            "poses as the database to the hub's collector",
            poses("hub-1", "telegraf", SQL_PORT, asked),
            UNKNOWN,
        ),
        guard="TLS of the collector",
        right=Trial("the collector writes to the database itself", does(READER, FRESH), "reader: [1-9]"),
    ),
)
