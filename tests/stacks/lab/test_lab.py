"""The lab under the real engine, with real containers: made, changed, lost, found, taken away."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import obstore
import psycopg
import pytest
from obstore.store import S3Store

from stacks.contract import outputs
from stacks.lab.machines import network
from stacks.lab.machines.failure import LabError
from stacks.lab.machines.space import podman
from stacks.lab.provider import labels
from stacks.lab.provider.inputs import NetworkInputs
from stacks.lab.provider.kind import Owner
from stacks.lab.provider.network import Network
from tests.stacks.lab.works import CIDR, Works, other_network, wait_for

pytestmark = pytest.mark.timeout(900)
WHOLE = {"machine.hub-1", "machine.hub-2", "database.timeseries", "bucket.lake"}


def test_what_was_asked_for_is_there(works: Works) -> None:
    again = works.up()
    assert again.changed() == {}
    assert works.containers() == WHOLE
    assert set(again.outputs) == set(outputs.names(works.arguments))
    for name in ("hub-1", "hub-2"):
        address = again.outputs[f"machine/{name}/address"]
        assert works.ssh(name, address, "hostname; sudo id -u").stdout == f"{name}\n0\n"
    with _connect(works, again.outputs) as connection:
        asked = "SELECT current_user, rolsuper, current_setting('server_encoding') FROM pg_roles"
        asked += " WHERE rolname = current_user"
        assert connection.execute(asked).fetchone() == ("aiotctl", False, "UTF8")
    bucket = _bucket(again.outputs, "of the lake")
    obstore.put(bucket, "day/values", b"kept")
    assert bytes(obstore.get(bucket, "day/values").bytes()) == b"kept"


def test_nobody_else_comes_in(works: Works) -> None:
    given = works.given
    with pytest.raises(psycopg.OperationalError, match="no pg_hba"):
        _connect(works, given, sslmode="disable")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        _connect(works, given, password="another")
    with pytest.raises(Exception, match="403 Forbidden"):
        obstore.put(_bucket(given, "guessed"), "day/values", b"other")
    with pytest.raises(Exception, match="403 Forbidden"):
        obstore.put(_bucket(given, "of the lake", "other"), "values", b"other")


def test_machines_reach_each_other_and_nothing_else_reaches_them(works: Works) -> None:
    address = works.given["machine/hub-1/address"]
    dial = f"timeout 3 bash -c '</dev/tcp/{address}/22'; echo $?"
    assert works.container("machine", "hub-2").run(dial) == "0\n"
    with other_network() as outside:
        assert outside.run("timeout 3 bash -c '</dev/tcp/10.87.42.1/22'; echo $?") != "124\n"
        assert outside.run(dial) == "124\n"


def test_a_network_that_is_taken_is_refused_with_what_helps(works: Works) -> None:
    """Another environment with the same addresses, and the same one after a change of them."""
    other = NetworkInputs("other.pilot", CIDR, {})
    with pytest.raises(LabError, match=f"{CIDR} is in use on this machine already\nGive .* `cidr` of its"):
        Network().create(other, Owner("aiotctl-other/pilot-hub", print))
    assert network.subnet(f"{labels.PREFIX}other.pilot") == ""
    moved = NetworkInputs(f"{works.blueprint}.pilot", "10.87.43.0/24", {})
    with pytest.raises(LabError, match="Destroy these first: aiotctl-lab-under-test/pilot-hub"):
        Network().create(moved, Owner("aiotctl-lab-under-test/pilot-field", print))


def test_the_host_key_is_the_one_that_was_given(works: Works) -> None:
    address = works.given["machine/hub-1/address"]
    assert "HOST IDENTIFICATION HAS CHANGED" in works.ssh("hub-2", address, "true").stderr


def test_secrets_are_in_clear_nowhere_outside(works: Works) -> None:
    private = works.private("hub-1").splitlines()[2]
    state = "\n".join(file.read_text() for file in (works.folder / "state").rglob("*.json"))
    assert "lab:index:Machine" in state
    for secret in (private, "it's \\\\ secret", "of the lake", "PRIVATE KEY"):
        assert secret not in state
    files = "/etc/ssh/ssh_host_ed25519_key /var/lib/aiotctl-lab/made.json"
    told = works.container("machine", "hub-1").run(f"stat -c '%a %U' {files}")
    assert told == "600 root\n600 root\n"


def test_what_was_lost_by_hand_is_made_again_and_what_stands_still_is_started(works: Works) -> None:
    before = works.given
    works.container("machine", "hub-2").remove()
    works.container("database", "timeseries").kill()
    assert works.run("refresh").changes["hub-2"] == "refresh"
    again = works.up()
    assert again.changed() == {"hub-2": "create", "database": "update"}
    assert again.outputs == before
    address = again.outputs["machine/hub-2/address"]
    assert works.ssh("hub-2", address, "hostname").stdout == "hub-2\n"
    with _connect(works, again.outputs) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_machine_whose_every_process_was_ended_is_started_with_what_was_on_it(works: Works) -> None:
    mark = works.container("machine", "hub-2")
    mark.run("touch /root/kept && sync")
    [state] = json.loads(podman("inspect", "--format", "[{{json .State}}]", mark.name))
    for pid in ("ConmonPid", "Pid"):
        os.kill(state[pid], signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{state['Pid']}").exists())
    works.run("refresh")
    assert works.up().changed() == {"hub-2": "update"}
    mark.run("test -f /root/kept")


def test_a_larger_machine_is_the_same_one_and_one_with_a_smaller_disk_is_new(works: Works) -> None:
    mark = works.container("machine", "hub-2")
    mark.run("touch /root/kept")
    _change(works, "hub-2", memory_gib=4, disk_gib=40)
    assert works.up().changed() == {"hub-2": "update"}
    mark.run("test -f /root/kept")
    _change(works, "hub-2", disk_gib=10)
    foreseen = works.run("preview").changed()
    assert foreseen == works.up().changed()
    assert "replace" in foreseen["hub-2"]
    assert "kept" not in mark.run("ls -A /root").split()


def test_changed_secrets_go_in_without_a_new_machine(works: Works) -> None:
    works.passwords |= {"database/admin": "another one", "bucket/secret": "of another lake"}
    for file in works.folder.glob("hub-1.key*"):
        file.unlink()
    _change(works, "hub-1", host_key=works.public("hub-1"))
    done = works.up()
    assert done.changed() == {"hub-1": "update", "database": "update", "bucket": "update"}
    assert works.ssh("hub-1", done.outputs["machine/hub-1/address"], "hostname").stdout == "hub-1\n"
    with _connect(works, done.outputs) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert bytes(obstore.get(_bucket(done.outputs, "of another lake"), "day/values").bytes()) == b"kept"


@pytest.mark.parametrize("victim", ["provider", "engine"])
def test_what_is_killed_in_between_leaves_nothing_that_is_not_found_again(works: Works, victim: str) -> None:
    three = replace(works.arguments, machines=(*works.arguments.machines, works.machine("hub-3")))
    works.arguments = three
    running = works.begin_up()
    wait_for(lambda: "machine.hub-3" in works.containers())
    provider = works.process("stacks.lab.provider")
    os.kill(provider if victim == "provider" else works.process("--exec-kind"), signal.SIGKILL)
    running.wait(240)
    wait_for(lambda: not Path(f"/proc/{provider}").exists())
    if victim == "engine":
        works.run("cancel")  # its lock is still there
    assert works.up().changed() == {"hub-3": "create"}
    assert works.containers() == {*WHOLE, "machine.hub-3"}
    works.arguments = replace(three, machines=three.machines[:2])
    assert works.up().changed() == {"hub-3": "delete"}


def test_a_machine_that_the_state_forgot_is_not_taken_and_not_lost(works: Works) -> None:
    works.container("machine", "hub-2").run("touch /root/kept")
    works.run("forget hub-2")
    kept = works.arguments
    _change(works, "hub-2", disk_gib=5)
    refused = works.run("up").error
    assert "differs in: disk_gib" in refused
    assert "python3 -m stacks.lab remove lab.lab-under-test.pilot.machine.hub-2" in refused
    works.arguments = kept
    assert works.up(**{"hub-2": works.container("machine", "hub-2").name}).changed() == {"hub-2": "import"}
    works.container("machine", "hub-2").run("test -f /root/kept")


def test_stacks_of_an_environment_share_the_network_and_go_in_any_order(works: Works) -> None:
    field = replace(works.arguments, machines=(works.machine("gw-1"),), database=None, bucket=None)
    address = works.up("stack/field", field).outputs["machine/gw-1/address"]
    assert "machine.gw-1" in works.containers()
    assert works.run("destroy").error == ""
    assert works.containers() == {"machine.gw-1"}
    assert works.ssh("gw-1", address, "hostname").stdout == "gw-1\n"
    assert works.run("destroy", "stack/field", field).error == ""
    assert works.containers() == set()
    assert network.subnet(f"{labels.PREFIX}{works.blueprint}.pilot") == ""


def _change(works: Works, name: str, **changes: object) -> None:
    machines = (replace(one, **changes) if one.name == name else one for one in works.arguments.machines)
    works.arguments = replace(works.arguments, machines=tuple(machines))


def _connect(works: Works, given: Mapping[str, Any], **other: str) -> psycopg.Connection:
    ca = works.folder / "database.pem"
    ca.write_text(given["database/ca"])
    login = {"user": "aiotctl", "password": works.passwords["database/admin"], "dbname": "timeseries"}
    where = {"host": given["database/host"], "port": given["database/port"], "connect_timeout": 10}
    tls = {"sslmode": "verify-full", "sslrootcert": str(ca)}
    return psycopg.connect(**{**login, **where, **tls, **other})


def _bucket(given: Mapping[str, Any], secret: str, name: str = "lake") -> S3Store:
    return S3Store(
        name,
        endpoint=given["bucket/endpoint"],
        region=given["bucket/region"],
        access_key_id="lake",
        secret_access_key=secret,
        client_options={"allow_http": True},
    )
