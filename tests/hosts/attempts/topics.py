"""At the brokers, beyond one's rights: another site's topics, wildcards, messages in another's name."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

from aiotctl.model.names import WRITER
from tests.hosts.attempts.attempt import Attempt, Trial, Work
from tests.hosts.attempts.certificates import GATEWAY_PORT, GW, HUB_PORT, Shown, own
from tests.hosts.attempts.stage import Stage
from tests.hosts.attempts.visitor import Visitor, visiting

OWN, OTHERS = "site/plant-a/gw-1", "site/plant-b/gw-2"
VALUES_S = 20.0
"""Each gateway publishes every second or so."""

AFTER_S = 0.5
"""What the witness has heard has come to everybody else by then."""

Guest = Callable[[Stage], AbstractContextManager[Visitor]]


def at_hub(shown: Shown, client: str = "") -> Guest:
    """A client of the hub's broker, which shows a certificate."""

    @contextmanager
    def guest(stage: Stage) -> Generator[Visitor]:
        with visiting(stage.hub.address, HUB_PORT, stage.tls(shown(stage)), client=client) as visitor:
            yield visitor

    return guest


def at_gateway(shown: Shown) -> Guest:
    """A client of a gateway's broker, which shows a certificate."""

    @contextmanager
    def guest(stage: Stage) -> Generator[Visitor]:
        with visiting("127.0.0.1", GATEWAY_PORT, stage.tls(shown(stage))) as visitor:
            yield visitor

    return guest


def device_called(client: str) -> Guest:
    """The device that publishes by itself, under a client identifier."""

    @contextmanager
    def guest(stage: Stage) -> Generator[Visitor]:
        given = stage.device("device.plant-a.vib-1")
        user = (given["user"], given["password"])
        with visiting(given["host"], int(given["port"]), user=user, client=client) as visitor:
            yield visitor

    return guest


def publishes(guest: Guest, topic: str) -> Work:
    """Publishes a message without content, and tells the broker's answer."""

    def work(stage: Stage) -> str:
        def publish() -> str:
            with guest(stage) as visitor:
                return visitor.publish(topic)

        return stage.inside("gw-1", publish)

    return work


def listens(guest: Guest, *topics: str, witness: Guest, passing: frozenset[str]) -> Work:
    """Asks for topics, and tells what it has heard once a witness has heard a message on each of those that
    were passing.
    """

    def work(stage: Stage) -> str:
        def listen() -> str:
            with witness(stage) as other, guest(stage) as visitor:
                visitor.subscribe(*topics)
                other.subscribe(*sorted(passing))
                other.await_all(passing, VALUES_S)
                time.sleep(AFTER_S)
                return visitor.told()

        return stage.inside("gw-1", listen)

    return work


def persons(name: str) -> Shown:
    """What a person was given."""
    return lambda stage: stage.persons(name)


def at_the_hub(
    name: str, who: str, guest: Guest, topics: tuple[str, ...], says: str, right: Trial
) -> Attempt:
    """An attempt to hear what passes at the hub's broker."""
    collector = at_hub(own(WRITER))
    both = frozenset({OWN, OTHERS})
    wrong = Trial(
        f"subscribes {' and '.join(f'`{topic}`' for topic in topics)} at the hub",
        listens(guest, *topics, witness=collector, passing=both),
        says,
    )
    return Attempt(name=name, who=who, wrong=wrong, guard=HUB, right=right)


def forged(name: str, who: str, guest: Guest, topic: str, right: Trial, where: str = "the hub") -> Attempt:
    """An attempt to publish on a topic."""
    wrong = Trial(f"publishes on `{topic}` at {where}", publishes(guest, topic), "Not authorized")
    return Attempt(name=name, who=who, wrong=wrong, guard=HUB if where == "the hub" else EDGE, right=right)


def takes_over(guest: Guest, machine: str) -> Work:
    """Comes under the name that another client is known by, and tells what the broker says of that one."""

    def work(stage: Stage) -> str:
        def come() -> None:
            with guest(stage):
                time.sleep(AFTER_S)

        since = stage.machine(machine).run("date '+%Y-%m-%d %H:%M:%S'").ok().out.strip()
        stage.inside("gw-1", come)
        log = f"journalctl --unit aiotctl-mosquitto --since '{since}' --output cat"
        lines = stage.machine(machine).run(log).ok().out.splitlines()
        return "; ".join(line for line in lines if "already connected" in line) or NOBODY

    return work


DEVICE = device_called("")
NOBODY = "nobody's connection is taken"
HUB, EDGE = "rights at the hub's broker", "rights at the gateway's broker"
GATEWAY, STRANGER = at_hub(own(GW)), at_hub(lambda stage: stage.signed("gateway.plant-a.gw-9"))
COLLECTOR, EVE, SAM = at_hub(own(WRITER)), at_hub(persons("eve")), at_hub(persons("sam"))
OTHER_AT_EDGE = at_gateway(own("gateway.plant-b.gw-2"))

PUBLISHES_OWN = Trial(f"publishes on `{OWN}`", publishes(GATEWAY, OWN), "Success")
HEARS_ALL = Trial(
    "the hub's collector subscribes `site/+/+`",
    listens(COLLECTOR, "site/+/+", witness=COLLECTOR, passing=frozenset({OWN, OTHERS})),
    f"^hears {OWN}, {OTHERS}$",
)
EVE_HEARS = Trial(
    "a data scientist, who reads raw values, subscribes `site/+/+`",
    listens(EVE, "site/+/+", witness=COLLECTOR, passing=frozenset({OWN, OTHERS})),
    f"^hears {OWN}, {OTHERS}$",
)
SAM_HEARS = Trial(
    "subscribes `site/plant-a/+`",
    listens(SAM, "site/plant-a/+", witness=COLLECTOR, passing=frozenset({OWN})),
    f"^hears {OWN}$",
)
VIB_PUBLISHES = Trial("publishes on `sensors/vib-1/rms`", publishes(DEVICE, "sensors/vib-1/rms"), "Success")
FORWARDER = at_gateway(own(GW))
GW_HEARS = Trial(
    "the gateway's forwarder subscribes the gateway's topic",
    listens(FORWARDER, OWN, witness=FORWARDER, passing=frozenset({OWN})),
    f"^hears {OWN}$",
)

ATTEMPTS = (
    forged("another-sites-topic", GW, GATEWAY, OTHERS, PUBLISHES_OWN),
    forged("another-gateways-topic", GW, GATEWAY, "site/plant-a/gw-9", PUBLISHES_OWN),
    forged("any-topic", GW, GATEWAY, "commands/all", PUBLISHES_OWN),
    forged("brokers-own-topic", GW, GATEWAY, "$SYS/broker/clients/total", PUBLISHES_OWN),
    forged(
        "gateway-not-in-the-blueprint",
        "gateway.plant-a.gw-9, certified by mistake",
        STRANGER,
        OWN,
        PUBLISHES_OWN,
    ),
    forged("collector-publishes", WRITER, COLLECTOR, OWN, HEARS_ALL),
    forged("scientist-publishes", "eve, data scientist", EVE, OWN, EVE_HEARS),
    forged("engineer-publishes", "sam, engineer of plant-a", SAM, OWN, SAM_HEARS),
    at_the_hub("gateway-hears-all", GW, GATEWAY, ("#", "site/#"), "^hears nothing$", HEARS_ALL),
    at_the_hub("gateway-hears-others", GW, GATEWAY, (OTHERS, "site/+/gw-2"), "^hears nothing$", HEARS_ALL),
    at_the_hub(
        "stranger-hears-all",
        "gateway.plant-a.gw-9, certified by mistake",
        STRANGER,
        ("#", "site/+/+", "$SYS/#"),
        "^hears nothing$",
        HEARS_ALL,
    ),
    at_the_hub(
        "engineer-hears-another-site",
        "sam, engineer of plant-a",
        SAM,
        ("site/plant-b/+", OTHERS),
        "^hears nothing$",
        SAM_HEARS,
    ),
    at_the_hub(
        "engineers-wildcard", "sam, engineer of plant-a", SAM, ("#", "site/+/+"), f"^hears {OWN}$", EVE_HEARS
    ),
    at_the_hub(
        "scientist-hears-the-broker", "eve, data scientist", EVE, ("$SYS/#",), "^hears nothing$", EVE_HEARS
    ),
    forged("device-as-gateway", "device.plant-a.vib-1", DEVICE, OWN, VIB_PUBLISHES, "its gateway"),
    forged(
        "device-as-another", "device.plant-a.vib-1", DEVICE, "sensors/vib-2/rms", VIB_PUBLISHES, "its gateway"
    ),
    forged(
        "another-gateway-at-the-edge",
        "gateway.plant-b.gw-2",
        OTHER_AT_EDGE,
        OWN,
        Trial(f"gw-1 itself publishes on `{OWN}`", publishes(FORWARDER, OWN), "Success"),
        "the broker of gw-1",
    ),
    Attempt(
        name="collectors-session",
        who="eve, data scientist",
        wrong=Trial(
            "comes to the hub's broker under the collector's client identifier, to have its session",
            takes_over(at_hub(persons("eve"), WRITER), "hub-1"),
            NOBODY,
        ),
        guard="client identifiers that nobody can guess",
        right=EVE_HEARS,
    ),
    Attempt(
        name="forwarders-session",
        who="device.plant-a.vib-1",
        wrong=Trial(
            "comes to its gateway's broker under the forwarder's client identifier",
            takes_over(device_called("gateway:plant-a:gw-1:forward"), "gw-1"),
            NOBODY,
        ),
        guard="client identifiers that nobody can guess",
        right=VIB_PUBLISHES,
    ),
    Attempt(
        name="device-hears-all",
        who="device.plant-a.vib-1",
        wrong=Trial(
            "subscribes `#`, `site/#` and `$SYS/#` at its gateway",
            listens(DEVICE, "#", "site/#", "$SYS/#", witness=FORWARDER, passing=frozenset({OWN})),
            "^hears nothing$",
        ),
        guard=EDGE,
        right=GW_HEARS,
    ),
    Attempt(
        name="another-gateway-hears",
        who="gateway.plant-b.gw-2",
        wrong=Trial(
            "subscribes `#` and `site/+/+` at the broker of gw-1",
            listens(OTHER_AT_EDGE, "#", "site/+/+", witness=FORWARDER, passing=frozenset({OWN})),
            "^hears nothing$",
        ),
        guard=EDGE,
        right=GW_HEARS,
    ),
)
