"""A person's way: given a role, reads what it allows from database and broker, and is shut out again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.e2e.conftest import made, programs
from tests.e2e.laptop import FLOWING_S, Laptop

__all__ = ["programs"]

ACCESS = """
access:
  operator: {read: [press-health], sites: [plant-a]}
  data-scientist: {read: [raw, press-health]}
"""


@pytest.fixture(scope="module")
def laptop(programs: None) -> Iterator[Laptop]:
    """A press shop with roles, applied; eve is a data scientist, bob and ann are operators."""
    with made("press-shop") as project:
        blueprint = project.folder / "blueprint.yaml"
        blueprint.write_text(blueprint.read_text() + ACCESS)
        project.apply().ok()
        project.run("access", "issue", "eve", "--role", "data-scientist").ok()
        project.run("access", "issue", "bob", "--role", "operator", "--out", "for bob").ok()
        project.run("access", "issue", "ann", "--role", "operator", "--apply", "--yes").ok()
        project.run("verify", "--wait", f"{FLOWING_S:.0f}s").ok()
        yield project


def issued(laptop: Laptop, name: str) -> Path:
    return laptop.folder / "for bob" if name == "bob" else laptop.state / "issued" / name


def connected(laptop: Laptop, name: str) -> psycopg.Connection[tuple[object, ...]]:
    url = (issued(laptop, name) / "database.url").read_text().strip()
    return psycopg.connect(url, autocommit=True, connect_timeout=5)


def options(laptop: Laptop, name: str) -> dict[str, list[str]]:
    """The options file of Mosquitto's clients."""
    found: dict[str, list[str]] = {}
    for line in (issued(laptop, name) / "broker.conf").read_text().splitlines():
        key, _, value = line.partition(" ")
        found.setdefault(key, []).append(value)
    return found


def heard(
    given: dict[str, list[str]], topics: list[str], publish: str = "", wait: float = 5.0
) -> list[bytes]:
    """What a client with these options hears; it publishes something itself where asked to."""
    messages: list[bytes] = []
    enough = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    client.username_pw_set(given["-u"][0], given["-P"][0])

    def on_connect(*_: object) -> None:
        for topic in topics:
            client.subscribe(topic, 1)
        if publish:
            client.publish(publish, b"not from a gateway", 1)

    def on_message(_client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        messages.append(message.payload)
        if not publish:
            enough.set()

    client.on_connect, client.on_message = on_connect, on_message
    client.connect(given["-h"][0], int(given["-p"][0]))
    client.loop_start()
    enough.wait(wait)
    client.disconnect()
    client.loop_stop()
    return messages


def test_each_reads_what_the_role_allows(laptop: Laptop) -> None:
    with connected(laptop, "eve") as eve, connected(laptop, "bob") as bob:
        assert eve.execute("SELECT count(*) > 0 FROM devices.hydraulic_press").fetchone() == (True,)
        for person in (eve, bob):
            assert person.execute("SELECT count(*) > 0 FROM pipelines.press_health").fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            bob.execute("SELECT FROM devices.hydraulic_press LIMIT 1")


def test_live_values_come_to_those_who_may_hear_them_and_to_no_other_topic(laptop: Laptop) -> None:
    given = options(laptop, "eve")
    assert given["-t"] == ["site/+/+"]
    assert not (issued(laptop, "bob") / "broker.conf").exists()
    assert heard(given, given["-t"], wait=20)
    assert heard(given, ["#", "sensors/#", "$SYS/#"], wait=4) == []


def test_nobody_publishes_in_a_gateways_place(laptop: Laptop) -> None:
    given = options(laptop, "eve")
    assert b"not from a gateway" not in heard(given, given["-t"], publish="site/plant-a/gw-1", wait=4)


def content(path: Path) -> bytes:
    """What is in a file; nothing where a running service has just deleted it."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_files_are_private_and_secrets_nowhere_else(laptop: Laptop) -> None:
    with connected(laptop, "eve") as eve:
        secrets = [eve.info.password, options(laptop, "eve")["-P"][0]]
    shown = laptop.run("access", "issue", "zoe", "--role", "data-scientist")
    secrets += [
        line.split("=")[1] for line in (issued(laptop, "zoe") / "database.env").read_text().splitlines()
    ][-1:]
    for path in (*issued(laptop, "eve").iterdir(), *issued(laptop, "bob").iterdir()):
        assert path.stat().st_mode & 0o777 == 0o600
    kept = [laptop.folder, laptop.base, laptop.temporary]
    files = [path for folder in kept for path in folder.rglob("*") if path.is_file()]
    places = {"issued", "for bob", "nats"}  # nats.conf is where the broker reads its users' passwords
    for secret in secrets:
        assert secret not in shown.out + shown.err
        found = [path for path in files if secret.encode() in content(path)]
        assert [path for path in found if places.isdisjoint(path.parts)] == []


def test_a_device_is_told_how_to_publish(laptop: Laptop) -> None:
    shown = laptop.run("access", "issue", "--device", "plant-a/vib-1").ok().out
    lines = (issued(laptop, "device.plant-a.vib-1") / "device.txt").read_text().splitlines()
    told = dict(line.split(" ", 1) for line in lines)
    assert told["topic"] == "sensors/vib-1/vibration"
    assert told["user"] == "device.plant-a.vib-1"
    assert told["password"] not in shown
    assert f"{told['host']}:{told['port']}" in shown
    assert laptop.run("access", "issue", "--device", "plant-a/press-1").code == 64


def test_who_is_revoked_is_out_and_nothing_else_changes(laptop: Laptop) -> None:
    given = options(laptop, "eve")
    laptop.run("access", "issue", "max", "--role", "data-scientist", "--apply", "--yes").ok()
    with connected(laptop, "eve") as session:
        told = laptop.run("access", "revoke", "eve", "--apply", "--yes").ok()
        assert "issue it anew to" in told.out
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        connected(laptop, "eve")
    assert heard(given, given["-t"], wait=4) == []
    connected(laptop, "max").close()
    connected(laptop, "bob").close()
    assert "revoked" in laptop.run("access", "list").ok().out
    laptop.run("verify", "--wait", "60s").ok()
    assert laptop.changes() == {}


def test_a_role_that_leaves_the_blueprint_takes_its_logins_along(laptop: Laptop) -> None:
    laptop.edit("  operator: {read: [press-health], sites: [plant-a]}\n", "")
    laptop.apply().ok()
    for name in ("bob", "ann"):
        with pytest.raises(psycopg.OperationalError):
            connected(laptop, name)
    connected(laptop, "max").close()
    assert laptop.changes() == {}
