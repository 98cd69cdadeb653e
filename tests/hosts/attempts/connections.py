"""Past the firewall: connections that are no flow of the compiled system, and the lake without its key."""

from __future__ import annotations

import http.client
import socket

from tests.hosts.attempts.attempt import Attempt, Trial, Work
from tests.hosts.attempts.certificates import DEVICES_PORT, GATEWAY_PORT, HUB_PORT
from tests.hosts.attempts.stage import Stage
from tests.hosts.attempts.statements import PORT as SQL_PORT
from tests.hosts.attempts.statements import READER, does

S3_PORT, FILER_PORT, HEALTH_PORT = 18333, 18335, 8885
CONTROLLER = "controller"
"""This machine, which is in the fleet's network and in no blueprint."""

DIALLED_S = 2.0
OPEN = "the connection is open"


def dials(source: str, target: str, port: int) -> Work:
    """Opens a connection from one machine to another, or to its own loopback."""

    def work(stage: Stage) -> str:
        address = "127.0.0.1" if source == target else stage.machine(target).address

        def dial() -> str:
            with socket.create_connection((address, port), DIALLED_S):
                return OPEN

        return dial() if source == CONTROLLER else stage.inside(source, dial)

    return work


def asks_the_lake(method: str, port: int = S3_PORT, folder: str = "/lake") -> Work:
    """Asks the lake's store on the hub, without a key."""

    def work(stage: Stage) -> str:
        def ask() -> str:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=DIALLED_S)
            line.request(method, f"{folder}/" if method == "GET" else f"{folder}/forged.parquet", body=b"")
            answer = line.getresponse()
            return f"{answer.status} {answer.read().decode(errors='replace')}"

        return stage.inside("hub-1", ask)

    return work


def blocked(name: str, who: str, source: str, target: str, port: int, words: str, right: Trial) -> Attempt:
    """An attempt to open a connection."""
    wrong = Trial(words, dials(source, target, port), "timed out")
    return Attempt(name=name, who=who, wrong=wrong, guard=f"firewall of {target}", right=right)


TO_HUB = Trial("a gateway of the blueprint dials it", dials("gw-1", "hub-1", HUB_PORT), OPEN)
TO_SQL = Trial("the hub's own programs dial it", dials("hub-1", "hub-1", SQL_PORT), OPEN)
TO_S3 = Trial("the hub's own programs dial it", dials("hub-1", "hub-1", S3_PORT), OPEN)
TO_EDGE = Trial("the gateway's own programs dial it", dials("gw-1", "gw-1", GATEWAY_PORT), OPEN)
TO_HEALTH = Trial("the gateway's own programs dial it", dials("gw-1", "gw-1", HEALTH_PORT), OPEN)
TO_DEVICES = Trial(
    "a device dials that of gw-1, which has one", dials(CONTROLLER, "gw-1", DEVICES_PORT), OPEN
)
STRANGER = "a machine that is not in the blueprint"
EXPORTS = Trial(
    "the export writes with the vault's key",
    does(READER, "SELECT count(*) FROM aiot.export WHERE state = 'done'"),
    "reader: [1-9]",
)

ATTEMPTS = (
    blocked("stranger-at-the-hub", STRANGER, CONTROLLER, "hub-1", HUB_PORT, "dials the hub's broker", TO_HUB),
    blocked(
        "stranger-at-the-database", STRANGER, CONTROLLER, "hub-1", SQL_PORT, "dials the database", TO_SQL
    ),
    blocked("gateway-at-the-database", "gw-1", "gw-1", "hub-1", SQL_PORT, "dials the database", TO_SQL),
    blocked("gateway-at-the-lake", "gw-1", "gw-1", "hub-1", S3_PORT, "dials the lake's store", TO_S3),
    blocked(
        "gateway-at-a-gateway", "gw-2", "gw-2", "gw-1", GATEWAY_PORT, "dials the broker of gw-1", TO_EDGE
    ),
    blocked("hub-at-a-gateway", "hub-1", "hub-1", "gw-1", GATEWAY_PORT, "dials the broker of gw-1", TO_EDGE),
    blocked(
        "stranger-at-a-gateway", STRANGER, CONTROLLER, "gw-1", HEALTH_PORT, "dials the forwarder", TO_HEALTH
    ),
    blocked(
        "devices-without-a-listener",
        "anything in the devices' zone of plant-b",
        CONTROLLER,
        "gw-2",
        DEVICES_PORT,
        "dials a devices' listener at gw-2, where the blueprint declares none",
        TO_DEVICES,
    ),
    Attempt(
        name="lake-read-without-key",
        who="a program on the hub",
        wrong=Trial("lists the lake's bucket without a key", asks_the_lake("GET"), "^403(?s:.*)AccessDenied"),
        guard="keys of the lake's store",
        right=EXPORTS,
    ),
    Attempt(
        name="lake-written-without-key",
        who="a program on the hub",
        wrong=Trial("writes an object without a key", asks_the_lake("PUT"), "^403(?s:.*)AccessDenied"),
        guard="keys of the lake's store",
        right=EXPORTS,
    ),
)

IN_THE_LAKE = tuple(
    Attempt(
        name=name,
        who="a program on the hub",
        wrong=Trial(f"{words}, past the keys, at the store's inner port", work, "^401"),
        guard="keys with which the store's parts sign what they ask of each other",
        right=EXPORTS,
    )
    for name, words, work in (
        (
            "lake-read-past-the-keys",
            "lists the lake's objects",
            asks_the_lake("GET", FILER_PORT, "/buckets/lake"),
        ),
        ("lake-written-past-the-keys", "writes an object", asks_the_lake("PUT", FILER_PORT, "/buckets/lake")),
        (
            "lake-emptied-past-the-keys",
            "deletes an object",
            asks_the_lake("DELETE", FILER_PORT, "/buckets/lake"),
        ),
    )
)
