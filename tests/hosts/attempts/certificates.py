"""At the doors: who has no certificate, a wrong one, or speaks no TLS of today."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable

from aiotctl.access import signing
from tests.hosts.attempts.attempt import Attempt, Trial, Work
from tests.hosts.attempts.stage import DAY, Stage
from tests.hosts.attempts.visitor import WELCOME, knock, visiting

HUB_PORT, GATEWAY_PORT, DEVICES_PORT = 8883, 8884, 1883
Shown = Callable[[Stage], signing.Pair]


def hub(shown: Shown | None, newest: ssl.TLSVersion | None = None) -> Work:
    """Knocks at the hub's broker, from a gateway."""

    def work(stage: Stage) -> str:
        tls = stage.tls(shown(stage) if shown else None, newest)
        return stage.inside("gw-1", lambda: knock(stage.hub.address, HUB_PORT, tls))

    return work


def plain(machine: str, port: int) -> Work:
    """Knocks without TLS at a listener that has TLS: from a gateway, whose own broker it may be."""

    def work(stage: Stage) -> str:
        address = "127.0.0.1" if machine == "gw-1" else stage.hub.address
        return stage.inside("gw-1", lambda: knock(address, port, None))

    return work


def gateway(shown: Shown | None) -> Work:
    """Knocks at a gateway's broker, from within."""

    def work(stage: Stage) -> str:
        tls = stage.tls(shown(stage) if shown else None)
        return stage.inside("gw-1", lambda: knock("127.0.0.1", GATEWAY_PORT, tls))

    return work


def device(user: str, password: str | None) -> Work:
    """Comes to the listener of the devices' zone; None is the device's own password."""

    def work(stage: Stage) -> str:
        given = stage.device("device.plant-a.vib-1")
        secret = given["password"] if password is None else password
        with visiting(given["host"], int(given["port"]), user=(user, secret), client="visitor"):
            return WELCOME

    return work


def nameless(stage: Stage) -> str:
    """Comes to that listener without a user."""
    return knock(stage.machine("gw-1").address, DEVICES_PORT, None)


def foreign(name: str) -> Shown:
    """The name, certified by an authority of somebody's own."""

    def shown(_: Stage) -> signing.Pair:
        now = int(time.time())
        signer = signing.load_signer(signing.new_authority(now, 30))
        return signing.sign(signer, name, (), now, now + DAY)[0]

    return shown


def self_signed(_: Stage) -> signing.Pair:
    return signing.new_authority(int(time.time()), 30)


def own(name: str) -> Shown:
    """What a host or service of the environment has."""
    return lambda stage: stage.pair(name)


GW = "gateway.plant-a.gw-1"
WELCOMED = Trial("shows its own certificate that holds", hub(own(GW)), WELCOME)
NEW_ONE = Trial("shows the one that the apply gave it instead", hub(own(GW)), WELCOME)
OF_TODAY = Trial("speaks TLS 1.2", hub(own(GW), ssl.TLSVersion.TLSv1_2), WELCOME)
HUB, EDGE = "TLS of the hub's broker", "TLS of the gateway's broker"
SCIENTIST = Trial("another data scientist's certificate", hub(lambda stage: stage.persons("eve")), WELCOME)

ATTEMPTS = (
    Attempt(
        name="no-certificate",
        who="anybody in the gateways' zone",
        wrong=Trial("comes to the hub's broker without a certificate", hub(None), "CERTIFICATE_REQUIRED"),
        guard=HUB,
        right=WELCOMED,
    ),
    Attempt(
        name="plaintext-at-the-hub",
        who="anybody in the gateways' zone",
        wrong=Trial("speaks plain MQTT to the hub's broker", plain("hub-1", HUB_PORT), "closed|reset"),
        guard=HUB,
        right=WELCOMED,
    ),
    *(
        Attempt(
            name=f"tls-{called}-at-the-hub",
            who=GW,
            wrong=Trial(
                f"speaks TLS {called} to the hub's broker",
                hub(own(GW), version),
                "PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL",
            ),
            guard=HUB,
            right=OF_TODAY,
        )
        for version, called in ((ssl.TLSVersion.TLSv1, "1.0"), (ssl.TLSVersion.TLSv1_1, "1.1"))
    ),
    Attempt(
        name="self-signed",
        who="anybody in the gateways' zone",
        wrong=Trial("shows a certificate of its own making", hub(self_signed), "UNKNOWN_CA"),
        guard=HUB,
        right=WELCOMED,
    ),
    Attempt(
        name="foreign-authority",
        who="anybody in the gateways' zone",
        wrong=Trial(f"shows a certificate for {GW} of another authority", hub(foreign(GW)), "UNKNOWN_CA"),
        guard=HUB,
        right=WELCOMED,
    ),
    Attempt(
        name="expired",
        who=GW,
        wrong=Trial(
            "shows a certificate that ended a minute ago",
            hub(lambda stage: stage.signed(GW, starts=-DAY, ends=-60)),
            "CERTIFICATE_EXPIRED",
        ),
        guard=HUB,
        right=WELCOMED,
    ),
    Attempt(
        name="not-yet-valid",
        who=GW,
        wrong=Trial(
            "shows a certificate that holds from tomorrow on",
            hub(lambda stage: stage.signed(GW, starts=2 * DAY)),
            "BAD_CERTIFICATE",
        ),
        guard=HUB,
        right=WELCOMED,
    ),
    Attempt(
        name="revoked-person",
        who="mallory, data scientist until it was revoked",
        wrong=Trial(
            "shows the certificate that was issued to her",
            hub(lambda stage: stage.kept["person.mallory"]),
            "CERTIFICATE_REVOKED",
        ),
        guard="revocation list at the hub's broker",
        right=SCIENTIST,
    ),
    Attempt(
        name="revoked-gateway",
        who="whoever copied a gateway's key before it was revoked",
        wrong=Trial("shows its former certificate", hub(lambda stage: stage.kept[GW]), "CERTIFICATE_REVOKED"),
        guard="revocation list at the hub's broker",
        right=NEW_ONE,
    ),
    Attempt(
        name="server-as-client",
        who="a hub's server, taken over",
        wrong=Trial(
            "shows the server's certificate as a client's",
            hub(own("server.hub-1")),
            "UNSUPPORTED_CERTIFICATE",
        ),
        guard="the purpose in the certificate",
        right=WELCOMED,
    ),
    Attempt(
        name="plaintext-at-the-gateway",
        who="a program on the gateway",
        wrong=Trial(
            "speaks plain MQTT to the collector's listener", plain("gw-1", GATEWAY_PORT), "closed|reset"
        ),
        guard=EDGE,
        right=Trial("shows the gateway's certificate", gateway(own(GW)), WELCOME),
    ),
    Attempt(
        name="no-certificate-at-the-gateway",
        who="a program on the gateway",
        wrong=Trial(
            "comes to the collector's listener without a certificate", gateway(None), "CERTIFICATE_REQUIRED"
        ),
        guard=EDGE,
        right=Trial("shows the gateway's certificate", gateway(own(GW)), WELCOME),
    ),
    Attempt(
        name="revoked-at-the-gateway",
        who="whoever copied a gateway's key before it was revoked",
        wrong=Trial(
            "shows it to the gateway's own broker",
            gateway(lambda stage: stage.kept[GW]),
            "CERTIFICATE_REVOKED",
        ),
        guard="revocation list at the gateway's broker",
        right=Trial("shows the new one", gateway(own(GW)), WELCOME),
    ),
    Attempt(
        name="anonymous-device",
        who="anything in the devices' zone",
        wrong=Trial("comes to the devices' listener without a user", nameless, "CONNACK 5"),
        guard="passwords at the gateway's broker",
        right=Trial("vib-1 comes with its password", device("device.plant-a.vib-1", None), WELCOME),
    ),
    Attempt(
        name="guessed-password",
        who="anything in the devices' zone",
        wrong=Trial(
            "comes as device.plant-a.vib-1 with a guessed password",
            device("device.plant-a.vib-1", "guessed"),
            "Not authorized",
        ),
        guard="passwords at the gateway's broker",
        right=Trial("vib-1 comes with its password", device("device.plant-a.vib-1", None), WELCOME),
    ),
    Attempt(
        name="gateways-name-as-user",
        who="device.plant-a.vib-1",
        wrong=Trial(f"comes as {GW} with its own password", device(GW, None), "Not authorized"),
        guard="passwords at the gateway's broker",
        right=Trial("comes as itself", device("device.plant-a.vib-1", None), WELCOME),
    ),
)
