"""What operators do with a pilot that runs, done and timed: plain Ansible, certificates, upgrade, backup."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from aiotctl.access import signing
from aiotctl.access.books import DAY, Books
from aiotctl.model import names
from aiotctl.model.primitives import Certificate
from tests.e2e.laptop import Laptop, until
from tests.hosts.fleet import Fleet
from tests.hosts.operating import DUMP, RESTORE, counted, later_version, played
from tests.hosts.works import ENVIRONMENT, Sensor

pytestmark = pytest.mark.timeout(900)

POINT = "site/plant-a/device/vib-1/point/rms"
LOCKED_OUT_S = 90.0
"""What came before the lists had ended counts as fresh for so long at most."""
LISTS = "find /var/lib/aiotctl -name crl.pem"


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Prints how long something took, for whoever runs the tests with -s."""
    began = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - began:.0f} s")


def flows(works: Laptop) -> None:
    """Every point comes, that of the sensor too."""
    with Sensor(works, "plant-a/vib-1").publishing():
        works.run("verify", "--env", ENVIRONMENT, "--wait", "120s").ok()


def applied(works: Laptop, *words: str) -> str:
    return works.run("apply", "--env", ENVIRONMENT, "--yes", *words, timeout=600).ok().out


def nothing_differs(works: Laptop) -> None:
    assert works.changes() == {}


def test_plain_ansible_finds_nothing_and_repairs(works: Laptop, fleet: Fleet, tmp_path: Path) -> None:
    built = tmp_path / "built"
    works.run("build", "--env", ENVIRONMENT, "--bindings", "--out", str(built)).ok()
    assert built.stat().st_mode & 0o777 == 0o700
    with timed("plain ansible-playbook, nothing to do"):
        assert played(built) == {"host/hub-1": 0, "host/plant-a/gw-1": 0, "host/plant-b/gw-2": 0}
    fleet["gw-1"].run("systemctl stop aiotctl-telegraf").ok()
    fleet["gw-2"].run("echo '# changed' | tee -a /var/lib/aiotctl/*/mosquitto/mosquitto.conf").ok()
    changed = played(built)
    assert [changed[host] > 0 for host in sorted(changed)] == [False, True, True]
    nothing_differs(works)
    for machine in fleet:  # plain Ansible keeps a folder of its own on each machine that it was at
        machine.run("rm -r /home/ops/.ansible").ok()


def test_certificates_are_renewed_by_a_job(
    works: Laptop, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Certificates with 25 days left are on the hosts, and the list of revocations has ended."""
    vault, now = works.environment.vault, int(time.time())

    def aged(values):
        books = Books(values, now - 65 * DAY)
        for one in books.current():
            if not one.role:
                books.issue(Certificate(one.name, one.hosts))
        return books.written()

    def ended(values):
        crl = signing.sign_revocations(Books(values, now).signer(), (), now - 361 * DAY, now - DAY)
        return {names.CRL: crl}

    vault.change(aged)
    with monkeypatch.context() as patched:
        patched.setattr(Books, "_is_old", lambda *_: False)
        apply_here(works, patched)
    flows(works)
    vault.change(ended)
    expired = vault.values([names.CRL])[names.CRL].encode()
    for machine in fleet:
        for place in machine.run(LISTS).ok().out.split():
            machine.run(f"cat >{place}", expired).ok()
    for machine in fleet:
        machine.run("systemctl restart aiotctl-mosquitto").ok()
    told = works.run("status", "--env", ENVIRONMENT).out
    assert "The list of revoked certificates ended" in told
    assert "gateway.plant-a.gw-1" in told
    assert "server.hub-1 ends in" in told
    until(lambda: works.run("verify", "--env", ENVIRONMENT).code != 0, LOCKED_OUT_S, "nothing flows")
    with timed("renewal of all certificates, by the job"):
        applied(works, "--only", "certificates")
    flows(works)
    told = works.run("verify", "--env", ENVIRONMENT).out
    assert "ends in" not in told
    assert "ended" not in told
    current = Books(vault.kept("certificate/"), now).current()
    assert all(one.ends > now + 80 * DAY for one in current)
    nothing_differs(works)


def apply_here(works: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An apply in this process, which a test may have changed."""
    from aiotctl.cli.main import main

    for name, value in works.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(works.folder)
    assert main(["apply", "--env", ENVIRONMENT, "--yes"]) == 0


def test_a_later_version_comes_in_waves_and_goes_again(works: Laptop, fleet: Fleet, tmp_path: Path) -> None:
    settings = later_version(tmp_path)
    later = replace(works, settings={**works.settings, **settings})
    assert "99.0.0" in later.run("version").ok().out
    planned = later.run("plan", "--env", ENVIRONMENT).out
    assert "Gateways change in 2 waves" in planned
    with timed("upgrade of aiotctl and of Telegraf on three machines"):
        applied(later)
    for machine in fleet:
        said = machine.run("/var/lib/aiotctl/????????/programs/telegraf --version").ok().out
        assert settings["LATER"] in said
    flows(later)
    nothing_differs(later)
    applied(works)
    nothing_differs(works)


def test_a_hub_that_is_lost_comes_back_from_its_backup(works: Laptop, fleet: Fleet, tmp_path: Path) -> None:
    """Database and state are restored; what came meanwhile waits at the gateways."""
    hub, gateways = fleet["hub-1"], (fleet["gw-1"], fleet["gw-2"])
    sensor = Sensor(works, "plant-a/vib-1")
    with sensor.publishing():
        until_stored(hub, sensor, 20)
        for machine in gateways:
            machine.run("systemctl stop aiotctl-forward").ok()
        with timed("backup of the database"):
            hub.run(DUMP).ok()
        dump = hub.run("base64 /root/aiot.dump").ok().out.encode()
        kept = tmp_path / "state"
        shutil.copytree(works.folder / ".aiotctl", kept)

        fleet.renew("hub-1")
        shutil.rmtree(works.folder / ".aiotctl")
        began = time.monotonic()
        shutil.copytree(kept, works.folder / ".aiotctl")
        targets = ("--target", "host/hub-1", "--target", "schema/hub")
        applied(works, "--refresh", *targets)
        print(f"a new machine: {time.monotonic() - began:.0f} s")
        hub.run("base64 --decode >/root/aiot.dump", dump).ok()
        with timed("restore of the database"):
            hub.run(RESTORE).ok()
        hub.run("rm /root/aiot.dump").ok()
        applied(works, "--refresh")
        print(f"the hub is back: {time.monotonic() - began:.0f} s")
        until_stored(hub, sensor, len(sensor.acknowledged))
    works.run("verify", "--env", ENVIRONMENT, "--wait", "120s", "site/plant-b").ok()
    until_stored(hub, sensor, len(sensor.acknowledged))
    stored = counted(hub, POINT)
    assert [count for count in sensor.acknowledged if stored.get(count, 0) < 1] == []
    nothing_differs(works)


def until_stored(hub, sensor: Sensor, number: int) -> None:
    """Waits until so many of the sensor's acknowledged counts are stored."""
    deadline = time.monotonic() + 120
    while True:
        wanted = sensor.acknowledged[:number]
        if len(wanted) >= number and set(wanted) <= counted(hub, POINT).keys():
            return
        assert time.monotonic() < deadline, (number, len(sensor.acknowledged))
        time.sleep(1)
