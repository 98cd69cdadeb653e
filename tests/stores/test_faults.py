"""A crash, a full disk, a read-only disk, missing rights: nothing is lost, and it is said why."""

import os
import random
import resource
import time
from collections.abc import Callable

import pytest

from aiotctl.errors import AiotctlError
from aiotctl.model.record import JournalEntry
from aiotctl.stores import open_vault
from aiotctl.stores.file import FileStore

from .children import NotAllowedError, in_child, killed_at, own_mount, read_only, shut_out_of


def each_moment(call: Callable[[], object], check: Callable[[], object]) -> int:
    """Kills the call at each of its moments and checks after each; says how many there were."""
    for moment in range(1000):
        if not killed_at(moment, call):
            return moment
        check()
    raise AssertionError("the call never ended")


def test_a_killed_save_leaves_the_old_record_or_the_new(folder, make_record):
    FileStore(folder, print).save(make_record(1))
    serials = []

    def save():
        store = FileStore(folder, print)
        store.save(make_record(store.load().serial + 1))

    def check():
        record = FileStore(folder, print).load()
        assert record == make_record(record.serial)
        serials.append(record.serial)

    assert each_moment(save, check) > 50
    assert serials == sorted(serials)
    assert len(set(serials)) > 5  # those killed after the new one was in place


def test_a_killed_append_leaves_whole_entries(folder):
    entry = JournalEntry("unit-done", "host/hub", 1.5, {"a": "b" * 200})
    FileStore(folder, print).append(entry)
    counts = []

    def check():
        entries = FileStore(folder, print).journal()
        assert entries == (entry,) * len(entries)
        counts.append(len(entries))

    assert each_moment(lambda: FileStore(folder, print).append(entry), check) > 10
    assert counts == sorted(counts)
    assert counts[-1] > 1


def test_a_killed_put_leaves_the_object_whole_or_absent(folder):
    content = b"unit" * 1000
    name = FileStore(folder, print).put(content)
    path = folder / "objects" / name[7:9] / name[9:]
    path.unlink()

    def check():
        if path.exists():
            assert FileStore(folder, print).get(name) == content
            path.unlink()

    assert each_moment(lambda: FileStore(folder, print).put(content), check) > 10


def test_a_killed_vault_keeps_what_it_gave(folder):
    names = ["broker/hub-writer", "database/reader"]
    vault = open_vault(folder, folder.parents[1])
    first = dict(vault.values(names))
    written = 0

    def ask():
        fresh = open_vault(folder, folder.parents[1])
        fresh.values([*names, f"broker/{time.monotonic_ns()}"])

    def check():
        assert open_vault(folder, folder.parents[1]).values(names) == first

    written = each_moment(ask, check)
    assert written > 20


def test_a_killed_first_use_of_the_vault_is_mended_by_the_next(tmp_path):
    def ask(project):
        return open_vault(project / ".aiotctl" / "laptop", project).values(["broker/a"])

    for moment in range(1000):
        project = tmp_path / str(moment)
        project.mkdir()
        if not killed_at(moment, lambda project=project: ask(project)):
            break
        born = ask(project)
        assert ask(project) == born
    assert moment > 40


def test_a_killed_holder_of_the_lock_never_bars_the_next(folder):
    def hold():
        with FileStore(folder, print).lock("apply", 0):
            pass

    def check():
        with FileStore(folder, lambda _: None).lock("apply", 0):
            pass
        assert FileStore(folder, print).holder() is None

    assert each_moment(hold, check) > 20
    hold()
    assert [p.name for p in folder.iterdir()] == ["lock.guard"]  # what the killed left lying was swept


def written(folder, make_record):
    """A store with a record, an object and a secret, and what to do to it next: each call needs room."""
    store = FileStore(folder, print)
    store.save(make_record(1))
    store.append(JournalEntry("begin"))
    vault = open_vault(folder, folder.parents[1])
    secret = vault.values(["broker/a"])
    noise = random.Random(7).randbytes(400_000)
    calls = {
        "save": lambda: store.save(make_record(2, units=4000)),
        "append": lambda: store.append(JournalEntry("unit-done", facts={"log": "x" * 400_000})),
        "put": lambda: store.put(noise),
        "vault": lambda: vault.put("given", "x" * 400_000),
    }

    def unharmed():
        fresh = FileStore(folder, print)
        assert fresh.load() == make_record(1)
        assert [entry.phase for entry in fresh.journal()] == ["begin"]
        assert open_vault(folder, folder.parents[1]).values(["broker/a"]) == secret
        assert not list(folder.rglob(".tmp-*"))

    return calls, unharmed


def all_fail(calls, code):
    """What each call told, all of them being refused with this code."""
    told = {}
    for name, call in calls.items():
        with pytest.raises(AiotctlError) as error:
            call()
        assert error.value.diagnostics[0].code == code, name
        told[name] = error.value.diagnostics[0]
    return told


def mounted(call):
    """Runs what needs a mount of its own in a child."""
    try:
        return in_child(call)
    except NotAllowedError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs a mount namespace ({error}): run as root, or allow user namespaces")


def test_a_full_disk_loses_nothing(folder, make_record):
    folder.mkdir(parents=True)

    def fill():
        own_mount(folder, "200k")
        calls, unharmed = written(folder, make_record)
        told = all_fail(calls, "store-full")
        unharmed()
        return told

    for diagnostic in mounted(fill).values():
        assert "No space left on device" in diagnostic.detail
        assert f"df -h {folder}" in diagnostic.remedy


def test_a_limit_on_the_size_of_files_loses_nothing(folder, make_record):
    def limit():
        calls, unharmed = written(folder, make_record)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        told = all_fail(calls, "store-full")
        unharmed()
        return told

    assert len(in_child(limit)) == 4


def test_a_disk_without_room_for_a_lock_is_told_as_that(folder):
    folder.mkdir(parents=True)

    def fill():
        own_mount(folder, "64k")
        with pytest.raises(OSError, match="No space"):
            (folder / "other").write_bytes(b"x" * 100_000)
        with FileStore(folder, print).lock("apply", 0):
            pass

    assert mounted(fill).code == "store-full"


def test_a_read_only_disk_is_read_and_told(folder, make_record):
    def freeze():
        calls, unharmed = written(folder, make_record)
        read_only(folder)
        told = all_fail(calls, "store-closed")
        with pytest.raises(AiotctlError) as error, FileStore(folder, print).lock("apply", 0):
            pass
        unharmed()
        return {**told, "lock": error.value.diagnostics[0]}

    for diagnostic in mounted(freeze).values():
        assert "Read-only file system" in diagnostic.detail
        assert str(folder) in diagnostic.remedy


def test_the_folder_of_another_person_is_told(folder, make_record):
    def intrude():
        shut_out_of(folder)
        store = FileStore(folder, print)
        return all_fail(
            {
                "load": store.load,
                "journal": store.journal,
                "holder": store.holder,
                "get": lambda: store.get("sha256:" + "0" * 64),
                "put": lambda: store.put(b"x"),
                "save": lambda: store.save(make_record(2)),
                "append": lambda: store.append(JournalEntry("begin")),
                "lock": lambda: store.lock("apply", 0).__enter__(),
                "unlock": lambda: store.unlock("0"),
                "remove": store.remove,
                "vault": lambda: open_vault(folder, folder.parents[1]).values(["broker/a"]),
                "fingerprints": lambda: open_vault(folder, folder.parents[1]).fingerprints(["broker/a"]),
            },
            "store-closed",
        )

    written(folder, make_record)
    assert len(in_child(intrude)) == 12
