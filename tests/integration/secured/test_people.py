"""People of an environment with hosts: what a role may do at the broker and in Debian's PostgreSQL, and how
one person is shut out while the others stay.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from aiotctl.access import authority, people
from aiotctl.access.people import Given, Wish
from aiotctl.backends.schema import apply_schema, observe_schema
from aiotctl.backends.sql import Login
from aiotctl.model import names
from aiotctl.model.access import Kind
from aiotctl.pipeline.compile import compile_environment
from aiotctl.stores import open_vault
from aiotctl.stores.vault import FileVault
from tests.integration.secured.clients import Client, until
from tests.integration.secured.machines import Machines

ACCESS = """
pipelines:
  calm: {source: {device_types: [vibration]}, steps: [{window: {every: 10s, aggregate: [mean]}}]}
access:
  scientist: {read: [raw, calm]}
  operator: {read: [raw], sites: [plant-a]}
  visitor: {read: [calm], sites: [plant-b]}
"""
HUB = "host/hub-1"
BROKER, SERVER = f"{HUB}/service/mosquitto", f"{HUB}/service/postgres"
NOW = int(time.time())
BOTH = (Kind.DATABASE, Kind.CERTIFICATE)
TOPICS = ("site/plant-a/gw-1", "site/plant-b/gw-1")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, machines: Machines) -> Machines:
    """The hub of the blueprint with roles, its broker and database running."""
    written = tmp_path_factory.mktemp("shop") / "blueprint.yaml"
    written.write_text(Path(__file__).with_name("blueprint.yaml").read_text() + ACCESS)
    machines.bundle = compile_environment(written, "pilot").bundle
    machines.install(HUB)
    for address in (BROKER, SERVER):
        machines.start(address)
    return machines


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory, hub: Machines) -> FileVault:
    """A vault with the authority that the hub trusts."""
    project = tmp_path_factory.mktemp("vault")
    made = open_vault(project / ".aiotctl" / "pilot", project)
    authority.replace(made, hub.authority.pair, NOW)
    return made


def apply(hub: Machines, vault: FileVault) -> tuple[Any, ...]:
    """Delivers what the vault has: the logins and the revocation list."""
    hub.secrets |= dict(vault.values([names.CRL, "access/logins"]))
    schema = hub.schema()
    for _, secret in schema.roles:
        hub.secrets.setdefault(secret.name, secret.name.replace("/", "-"))
    login = Login("127.0.0.1", hub.port(SERVER, "sql"), hub.secrets["database/admin"])
    changes = apply_schema(schema, login, hub.secrets)
    assert observe_schema(schema, login, hub.secrets) == ()
    return changes


@pytest.fixture(scope="module")
def given(hub: Machines, vault: FileVault) -> dict[str, Given]:
    """eve and bob are operators, ann is a scientist, max a visitor; each series has a value."""
    wishes = (
        Wish("eve", "operator", BOTH, 10),
        Wish("bob", "operator", BOTH, 10),
        Wish("ann", "scientist", BOTH, 10),
        Wish("max", "visitor", (Kind.DATABASE,), 10),
    )
    made = {wish.name: people.issue(vault, wish, NOW) for wish in wishes}
    apply(hub, vault)
    with connected(hub, "writer", files=hub.files_of("hub-writer")) as writer:
        for one in hub.schema().series:
            writer.execute("INSERT INTO aiot.ingest (time, s, f) VALUES (now(), %s, 2.5)", [str(one.id)])
    return made


def connected(
    hub: Machines, user: str, password: str = "", files: tuple[Path, ...] = (), **changes: Any
) -> psycopg.Connection[Any]:
    ca, cert, key = files or (hub.files_of("nobody")[0], "", "")
    settings: dict[str, Any] = {"host": "127.0.0.1", "port": hub.port(SERVER, "sql"), "dbname": "aiot"}
    settings |= {"sslmode": "verify-full", "sslrootcert": ca, "sslcert": cert, "sslkey": key}
    return psycopg.connect(**(settings | {"user": user, "password": password, "autocommit": True} | changes))


def as_person(hub: Machines, one: Given, **changes: Any) -> psycopg.Connection[Any]:
    return connected(hub, **({"user": one.login, "password": one.password} | changes))


@pytest.fixture
def client(hub: Machines) -> Iterator[Any]:
    """A client with a person's certificate, or with one of a name."""
    made: list[Client] = []

    def come_in(who: Given | str) -> Client:
        named = isinstance(who, str)
        tls = hub.tls(who) if named else hub.tls(who.credential.name, who.certificate)
        made.append(Client(hub.port(BROKER, "mqtt"), f"people-{len(made)}", tls).connect())
        return made[-1]

    yield come_in
    for one in made:
        one.close()


def publish_both(client: Any) -> None:
    for topic in TOPICS:
        client(f"gateway.{topic.split('/')[1]}.gw-1").publish(topic, b"values")


@pytest.mark.parametrize(("who", "heard"), [("eve", TOPICS[:1]), ("ann", TOPICS)])
def test_live_values_of_ones_own_sites(client: Any, given: dict[str, Given], who: str, heard: Any) -> None:
    listener = client(given[who])
    for topic in ("#", "site/#", "site/+/+", *TOPICS, "$SYS/#"):
        listener.subscribe(topic)
    publish_both(client)
    assert until(lambda: {topic for topic, _ in listener.heard} == set(heard), 5)
    time.sleep(0.5)
    assert {topic for topic, _ in listener.heard} == set(heard)


def test_people_publish_nothing(client: Any, given: dict[str, Given]) -> None:
    writer, person = client("hub-writer").subscribe("site/+/+"), client(given["ann"])
    for topic in (*TOPICS, "site/plant-a/gw-9"):
        person.client.publish(topic, b"forged", 1)
    publish_both(client)
    assert until(lambda: len(writer.heard) >= 2, 5)
    assert b"forged" not in [payload for _, payload in writer.heard]


def test_what_each_reads_of_the_database(hub: Machines, given: dict[str, Given]) -> None:
    seen = {
        "eve": {"devices.vibration": ["plant-a"], "pipelines.calm": None},
        "ann": {"devices.vibration": ["plant-a", "plant-b"], "pipelines.calm": ["plant-a", "plant-b"]},
        "max": {"devices.vibration": None, "pipelines.calm": ["plant-b"]},
    }
    for name, views in seen.items():
        for view, sites in views.items():
            with as_person(hub, given[name]) as connection:
                if sites is None:
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(f"SELECT FROM {view}")
                else:
                    rows = connection.execute(f"SELECT DISTINCT site FROM {view}").fetchall()
                    assert sorted(site for (site,) in rows) == sites


@pytest.mark.parametrize("role", ["writer", "exporter", "owner", "admin", "reader"])
def test_a_persons_certificate_is_no_programs(hub: Machines, given: dict[str, Given], role: str) -> None:
    files = hub.files_of("eve", given["eve"].certificate)
    with pytest.raises(psycopg.OperationalError):
        connected(hub, role, given["eve"].password, files=files)


@pytest.mark.parametrize(
    "changes",
    [{"sslmode": "disable"}, {"password": "guessed"}, {"dbname": "postgres"}, {"user": "role.operator"}],
)
def test_no_other_way_in(hub: Machines, given: dict[str, Given], changes: dict[str, str]) -> None:
    with pytest.raises(psycopg.OperationalError):
        as_person(hub, given["eve"], **changes)


def test_one_is_shut_out_and_the_colleague_stays(
    hub: Machines, vault: FileVault, client: Any, given: dict[str, Given]
) -> None:
    assert client(given["eve"]).refusal == ""
    with as_person(hub, given["eve"]) as session:
        people.revoke(vault, "eve", NOW + 1)
        assert [change.what for change in apply(hub, vault)] == ["login"]
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    hub.write(hub.host(HUB))
    hub.stop(BROKER)
    hub.start(BROKER)
    assert client(given["eve"]).refusal
    assert client(given["bob"]).refusal == ""
    with pytest.raises(psycopg.OperationalError):
        as_person(hub, given["eve"])
    as_person(hub, given["bob"]).close()
