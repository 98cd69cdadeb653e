"""A sensor's value all the way through the hosts of an environment, every hop by TLS: gateway's broker and
collector, forwarder, hub's broker and collector, database, lake.
"""

from __future__ import annotations

import json
import time
import urllib.request

import psycopg
import pytest

from aiotctl.model import names
from tests.integration.secured.clients import Client, until
from tests.integration.secured.machines import Machines
from tests.integration.secured.test_postgres import applied

HUB, EDGE = "host/hub-1", "host/plant-a/gw-1"
SERVICES = (
    f"{HUB}/service/mosquitto",
    f"{HUB}/service/maintenance",
    f"{HUB}/service/telegraf",
    f"{EDGE}/service/mosquitto",
    f"{EDGE}/service/forward",
    f"{EDGE}/service/telegraf",
)
DEVICE = "device.plant-a.vib-1"


@pytest.fixture(scope="module")
def chain(machines: Machines) -> Machines:
    machines.install(HUB, EDGE)
    machines.start(f"{HUB}/service/postgres")
    applied(machines)
    for address in SERVICES:
        machines.start(address)
    return machines


def stored(chain: Machines) -> dict[float, int]:
    """Values of the sensor in the database, with how often each is there."""
    with psycopg.connect(
        host="127.0.0.1",
        port=chain.port(f"{HUB}/service/postgres", "sql"),
        user="reader",
        password=chain.secrets["database/reader"],
        dbname="aiot",
        sslmode="require",
        sslcert="",
        sslkey="",
    ) as connection:
        rows = connection.execute("SELECT f, count(*) FROM aiot.value WHERE f IS NOT NULL GROUP BY f")
        return dict(rows.fetchall())


def test_a_value_of_a_sensor_is_stored_once(chain: Machines) -> None:
    secret = chain.secrets[names.broker_secret(DEVICE)]
    sensor = Client(chain.port(f"{EDGE}/service/mosquitto", "devices"), "vib-1", None, (DEVICE, secret))
    telegraf = f"{EDGE}/service/telegraf"
    assert until(lambda: "Connected" in chain.log(telegraf) or "onnected to" in chain.log(telegraf), 20)
    sensor.connect()
    assert sensor.refusal == ""
    values = [1.5, 2.5, 3.5]
    for value in values:
        sensor.publish("sensors/vib-1/vibration", json.dumps({"rms": value}).encode())
        time.sleep(0.05)
    sensor.close()
    assert until(lambda: set(values) <= set(stored(chain)), 30), (
        stored(chain),
        chain.log(telegraf)[-2000:],
        chain.log(f"{HUB}/service/telegraf")[-2000:],
    )
    assert stored(chain) == dict.fromkeys(values, 1)


def test_the_lake_has_it_too(chain: Machines) -> None:
    lake = f"{HUB}/service/seaweedfs"
    chain.start(lake)
    config = chain.root(HUB) / "lake-export.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"every_ms": 500}))
    assert until(lambda: _healthy(chain, lake), 60)
    chain.start(f"{HUB}/service/lake-export")
    assert until(lambda: _exported(chain) > 0, 60), chain.log(f"{HUB}/service/lake-export")[-2000:]


def _healthy(chain: Machines, address: str) -> bool:
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{chain.port(address, 's3')}/healthz", timeout=1
        ) as answer:
            return answer.status == 200
    except OSError:
        return False


def _exported(chain: Machines) -> int:
    files = chain.files_of("database.exporter")
    with psycopg.connect(
        host="127.0.0.1",
        port=chain.port(f"{HUB}/service/postgres", "sql"),
        user="exporter",
        dbname="aiot",
        sslmode="verify-full",
        sslrootcert=files[0],
        sslcert=files[1],
        sslkey=files[2],
    ) as connection:
        row = connection.execute(
            "SELECT coalesce(sum(rows), 0) FROM aiot.export WHERE state = 'done'"
        ).fetchone()
        return int(row[0]) if row else 0
