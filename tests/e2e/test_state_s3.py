"""A laptop environment with its state in a bucket of a real S3 server: applied, seen from elsewhere, gone."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import obstore
import pytest

from aiotctl.agents.converge.stopping import stop_processes
from aiotctl.errors import Exit
from aiotctl.pipeline.load import load
from aiotctl.session.environment import Environment, open_environment
from aiotctl.stores import open_store
from tests.stores.proxy import Proxy
from tests.stores.seaweed import Seaweed

from .conftest import made
from .laptop import Laptop, kill_all, processes_below, refuses

TEMPLATE = "energy-metering"


@dataclass
class Remote(Laptop):
    """A laptop whose state is elsewhere."""

    where: str = ""

    @property
    def environment(self) -> Environment:
        blueprint = str(load(self.folder / "blueprint.yaml").document.data["name"])
        return open_environment(self.folder, blueprint, self.name, self.where, lambda _: None)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    started = Seaweed(tmp_path_factory.mktemp("seaweed"))
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def proxy(server: Seaweed) -> Iterator[Proxy]:
    between = Proxy(server.port)
    yield between
    between.close()


@pytest.fixture(scope="module")
def prefix() -> str:
    return f"energy/{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def laptop(server: Seaweed, proxy: Proxy, prefix: str, programs: None) -> Iterator[Remote]:
    """An applied environment; credentials are in the variables of the cloud's tools, and nowhere else."""
    with made(TEMPLATE) as project, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environ().items():
            patch.setenv(name, value)
        remote = Remote(project.folder, project.home, where=server.url(prefix, proxy.endpoint))
        remote.edit("  laptop:\n", f"  laptop:\n    state: {remote.where}\n")
        remote.apply().ok()
        base = remote.base
        try:
            yield remote
        finally:
            if base.exists():
                kill_all(remote)
            stop_processes(processes_below(base), "KILL")
            shutil.rmtree(base, ignore_errors=True)


def keys(server: Seaweed, prefix: str) -> set[str]:
    pages = obstore.list(server.store(), prefix or None)
    return {entry["path"].removeprefix(f"{prefix}/") for page in pages for entry in page}


def test_the_state_is_in_the_bucket_and_not_in_the_project(
    laptop: Remote, server: Seaweed, prefix: str
) -> None:
    assert {"record.json", "vault.age", "lock.json"} <= keys(server, prefix)
    assert not [key for key in keys(server, prefix) if key.startswith("journal/")]
    assert not laptop.state.exists()
    for path in laptop.folder.rglob("*"):
        if path.is_file():
            assert server.environ()["AWS_SECRET_ACCESS_KEY"].encode() not in path.read_bytes(), path


def test_other_commands_read_it(laptop: Remote) -> None:
    laptop.run("status", "--env", "laptop").ok()
    assert laptop.rows("SELECT 1") == [(1,)]  # with an endpoint and a password that are in the bucket alone


def test_a_plan_without_a_change_asks_little_of_the_bucket(laptop: Remote, proxy: Proxy) -> None:
    with proxy.counting() as counted:
        planned = laptop.run("plan", "--env", "laptop").ok()
    print(f"plan: {dict(counted)} in {planned.seconds:.1f} s")
    assert counted.total() == counted["GET"]
    assert counted.total() <= 6


def test_a_second_apply_does_nothing(laptop: Remote, proxy: Proxy) -> None:
    serial = laptop.record.serial
    with proxy.counting() as counted:
        laptop.apply().ok()
    print(f"apply without a change: {dict(counted)}")
    assert laptop.record.serial == serial


def test_a_fresh_machine_with_the_identity_can_plan(laptop: Remote, tmp_path: Path) -> None:
    secret = (laptop.folder / ".aiotctl" / "identity.age").read_text().splitlines()[1]
    fresh = Remote(tmp_path / "checkout", laptop.home, where=laptop.where)
    fresh.folder.mkdir()
    shutil.copy(laptop.folder / "blueprint.yaml", fresh.folder)
    for path in laptop.folder.glob("*.csv"):
        shutil.copy(path, fresh.folder)
    told = fresh.run("plan", "--env", "laptop")
    assert told.code == Exit.ERROR
    assert "identity" in told.out + told.err
    fresh.settings = {"AIOTCTL_AGE_KEY": secret}
    assert "Nothing to do" in fresh.run("plan", "--env", "laptop").ok().out


def test_a_second_writer_is_told_who_holds_the_lock(laptop: Remote) -> None:
    with open_store(laptop.where, print).lock("apply", 0) as lock_id:
        told = laptop.apply()
        assert told.code == Exit.LOCKED
        assert lock_id in told.err
        assert f"aiotctl unlock --env laptop {lock_id}" in " ".join(told.err.split())


def test_a_bucket_that_cannot_be_reached_is_no_traceback(laptop: Remote, server: Seaweed) -> None:
    wrong = {**server.environ(), "AWS_SECRET_ACCESS_KEY": "not-it-at-all"}
    told = laptop.run("status", "--env", "laptop", env={**laptop.environ, **wrong})
    assert told.code == Exit.ERROR
    assert "SignatureDoesNotMatch" in told.err
    assert "Traceback" not in told.out + told.err
    assert "not-it-at-all" not in told.out + told.err


def test_destroy_leaves_nothing(laptop: Remote, server: Seaweed, prefix: str) -> None:
    base, ports = laptop.base, laptop.ports()
    laptop.destroy().ok()
    assert keys(server, prefix) == set()
    assert processes_below(base) == []
    assert [port for port in ports if not refuses(port)] == []
    assert not base.exists()
    assert keys(server, "") == {"ready"}  # what others keep in the bucket is still there
