import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from aiotctl.errors import AiotctlError, Exit
from aiotctl.model.record import JournalEntry
from aiotctl.stores.lease import LEASE_S

from .places import Folder, Place

HOLDER = """
import sys, time
from aiotctl.stores import open_store

with open_store(sys.argv[1], lambda _: None).lock("apply", 0) as lock_id:
    print(lock_id, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def store(place: Place, told):
    return place.store(told.append)


@pytest.fixture
def holder(place: Place, request):
    """Another program that holds the lock; gives the program and the lock's id."""
    command = [sys.executable, "-c", HOLDER, place.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=request.config.rootpath, text=True) as program:
        yield program, program.stdout.readline().strip()
        program.kill()


def take(store, operation="plan", timeout=0.0):
    with store.lock(operation, timeout) as lock_id:
        return lock_id


def refusal(call) -> AiotctlError:
    with pytest.raises(AiotctlError) as error:
        call()
    return error.value


def change_lease(place: Place, **changes):
    lease = json.loads(place.read("lock.json"))
    for path, value in changes.items():
        inner = lease if "__" not in path else lease[path.partition("__")[0]]
        inner[path.rpartition("__")[2]] = value
    place.write("lock.json", json.dumps(lease).encode())


def test_the_holder_is_known_while_it_holds(store, place: Place):
    with store.lock("apply", 0) as lock_id:
        holder = place.store().holder()
        assert (holder.id, holder.operation) == (lock_id, "apply")
        assert place.name("") == f"{holder.path}/" or place.name("") == holder.path
    assert place.store().holder() is None


def test_a_second_one_is_told_who_holds_it_since_when_and_how_to_break_it(store, holder):
    program, lock_id = holder
    error = refusal(lambda: take(store))
    diagnostic = error.diagnostics[0]
    assert error.exit_code == Exit.LOCKED
    assert diagnostic.code == "locked"
    for part in (lock_id, "`aiotctl apply`", f"process {program.pid}", "since 20", "UTC"):
        assert part in diagnostic.detail
    assert f"`aiotctl unlock {lock_id}`" in diagnostic.remedy


def test_who_waits_gets_it_when_it_is_free(store, place: Place):
    taken = threading.Event()

    def hold():
        with place.store().lock("apply", 0):
            taken.set()
            time.sleep(0.3)

    first = threading.Thread(target=hold)
    first.start()
    taken.wait()
    begun = time.monotonic()
    assert take(store, timeout=10)
    assert 0.2 < time.monotonic() - begun < 5
    first.join()


def test_who_waits_too_long_is_told(store, holder):
    begun = time.monotonic()
    assert refusal(lambda: take(store, timeout=0.4)).diagnostics[0].code == "locked"
    assert 0.4 <= time.monotonic() - begun < 5


def test_a_killed_holder_is_noticed_at_once(store, told, place: Place, holder):
    program, lock_id = holder
    if isinstance(place, Folder):
        place.write(".tmp-0123456789abcdef", b"half a record")
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert store.holder() is None
    assert take(store) != lock_id
    assert [d.code for d in told] == ["lock-taken-over"]
    assert f"process {program.pid} has ended without releasing it" in told[0].detail
    assert not [key for key in place.listing() if ".tmp-" in key]


def test_a_zombie_holds_nothing(store, holder):
    program, _ = holder
    program.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has fetched its end
    assert take(store)


def test_a_stopped_holder_keeps_it_whatever_its_lease_says(store, place: Place, holder):
    program, _ = holder
    program.send_signal(signal.SIGSTOP)
    change_lease(place, renewed=time.time() - 10 * LEASE_S)
    assert refusal(lambda: take(store)).exit_code == Exit.LOCKED


def test_a_later_program_of_the_same_number_is_not_the_holder(store, told, place: Place, holder):
    change_lease(place, process__started="1")
    assert take(store)
    assert told[0].code == "lock-taken-over"


def test_on_another_machine_the_lease_counts(store, told, place: Place, holder):
    change_lease(
        place, process__machine="other-boot/pid:[1]", process__host="ops-2", renewed=time.time() - 50
    )
    assert "on ops-2" in refusal(lambda: take(store)).diagnostics[0].detail
    change_lease(place, renewed=time.time() - LEASE_S - 1)
    assert place.store().holder() is None
    assert take(store)
    assert "ops-2 has not renewed it for 6" in told[0].detail


@pytest.mark.parametrize("created", ["nan", 1e300, -1e300])
def test_a_strange_time_in_the_lock_is_told_as_such(store, place: Place, holder, created):
    change_lease(place, holder__created=created)
    assert "since a time that is none" in refusal(lambda: take(store)).diagnostics[0].detail


def test_the_lease_is_renewed_while_it_is_held(place: Place):
    with place.store(lease_s=2.0, beat_s=0.1).lock("apply", 0):
        begun, seen = time.time(), set()
        while time.time() < begun + 3:
            lease = json.loads(place.read("lock.json"))
            assert time.time() - lease["renewed"] < lease["lease_s"]
            seen.add(lease["renewed"])
            time.sleep(0.1)
    assert len(seen) > 4


def test_a_broken_lock_ends_the_holders_writing(store, place: Place, make_record):
    other = place.store()
    with store.lock("apply", 0) as lock_id:
        store.save(make_record(1))
        other.unlock(lock_id)
        error = refusal(lambda: store.save(make_record(2)))
        assert (error.diagnostics[0].code, error.exit_code) == ("lock-lost", Exit.LOCKED)
        with other.lock("destroy", 0) as second:
            other.append(JournalEntry("begin"))
            for call in (lambda: store.save(make_record(2)), store.clear_journal, store.remove):
                assert second in refusal(call).diagnostics[0].detail
    assert store.load() == make_record(1)
    assert store.journal() == (JournalEntry("begin"),)


def test_a_holder_whose_lease_ended_writes_nothing_over_the_next_one(place: Place, make_record):
    slow, next_one = place.store(), place.store()
    with slow.lock("apply", 0):
        slow.save(make_record(1))
        slow.append(JournalEntry("begin"))
        change_lease(place, process__machine="other-boot/pid:[1]", renewed=time.time() - LEASE_S - 1)
        with next_one.lock("apply", 0):
            assert next_one.load() == make_record(1)
            next_one.save(make_record(2, units=9))
            next_one.clear_journal()
            for call in (
                lambda: slow.save(make_record(2)),
                lambda: slow.append(JournalEntry("unit-done")),
                slow.clear_journal,
            ):
                assert refusal(call).diagnostics[0].code == "lock-lost"
            assert next_one.load() == make_record(2, units=9)
            assert next_one.journal() == ()


def test_who_lost_the_lock_does_not_release_that_of_another(store, place: Place):
    other = place.store()
    with store.lock("apply", 0) as lock_id:
        other.unlock(lock_id)
        second = other.lock("destroy", 0)
        second.__enter__()
    assert place.store().holder().operation == "destroy"
    second.__exit__(None, None, None)
    assert place.store().holder() is None


def test_nobody_writes_beside_the_holder(store, folder, make_record, holder):
    assert refusal(lambda: store.save(make_record(1))).exit_code == Exit.LOCKED
    assert store.load() is None


def test_only_the_lock_that_was_named_is_broken(store, holder):
    _, lock_id = holder
    diagnostic = refusal(lambda: store.unlock("0badc0de")).diagnostics[0]
    assert diagnostic.code == "other-lock"
    assert f"`aiotctl unlock {lock_id}`" in diagnostic.remedy
    store.unlock(lock_id)
    assert take(store)


def test_unlocking_what_is_not_locked_is_told(store):
    assert refusal(lambda: store.unlock("0badc0de")).diagnostics[0].code == "not-locked"


def test_a_failure_inside_releases(store):
    with pytest.raises(KeyboardInterrupt), store.lock("apply", 0):
        raise KeyboardInterrupt
    assert store.holder() is None
    assert take(store)


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"holder": 1}', b"\0" * 200, b"[" * 9999])
def test_a_damaged_lock_bars_and_says_what_to_do(store, place: Place, make_record, content):
    store.save(make_record(1))
    place.write("lock.json", content)
    error = refusal(lambda: take(store))
    assert (error.diagnostics[0].code, error.exit_code) == ("lock-damaged", Exit.LOCKED)
    command = error.diagnostics[0].remedy.split("`")[1]
    assert {"rm", "delete"} & set(command.split())
    assert command.endswith(place.name("lock.json").split("/", 3)[3])


def test_an_empty_lock_file_bars_too(folder):
    (place := Folder(folder)).write("lock.json", b"")
    assert refusal(lambda: take(place.store())).diagnostics[0].code == "lock-damaged"


def test_an_environment_may_be_forgotten_while_it_is_held(store, folder, place: Place, make_record, tmp_path):
    place.vault(tmp_path).values(["broker/a"])
    with store.lock("destroy", 0):
        store.save(make_record(1))
        store.save(make_record(2))
        store.append(JournalEntry("begin"))
        store.put(b"unit")
        store.remove()
    assert not folder.exists()
    assert place.listing() == []
    assert store.load() is None
    store.save(make_record(1, lineage="l-2"))
    assert store.load() == make_record(1, lineage="l-2")


COUNTER = """
import sys
from pathlib import Path
from aiotctl.stores import open_store

counter = Path(sys.argv[2])
for _ in range(10):
    with open_store(sys.argv[1], print).lock("apply", 60):
        number = int(counter.read_text())
        counter.write_text(str(number + 1))
"""


def test_many_at_once_go_one_after_the_other(place: Place, tmp_path, request):
    counter = tmp_path / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", COUNTER, place.url, str(counter)]
    programs = [subprocess.Popen(command, cwd=request.config.rootpath) for _ in range(4)]
    assert [program.wait(90) for program in programs] == [0] * 4
    assert counter.read_text() == "40"
