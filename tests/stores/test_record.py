import json
import stat
import subprocess
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiotctl.errors import AiotctlError
from aiotctl.model.codec import digest
from aiotctl.model.record import RECORD_VERSION
from aiotctl.stores import recordfile
from aiotctl.stores.file import FileStore

from .conftest import record_of
from .places import Place


def refusal(call) -> AiotctlError:
    with pytest.raises(AiotctlError) as error:
        call()
    return error.value


def test_nothing_is_made_by_looking(place: Place, folder):
    store = place.store()
    assert store.load() is None
    assert store.journal() == ()
    assert store.holder() is None
    assert place.listing() == []
    assert not folder.exists()


def test_a_record_is_read_back_whole(place: Place, make_record):
    store = place.store()
    for serial in (1, 2, 5):
        record = make_record(serial, units=7)
        store.save(record)
        assert store.load() == place.store().load() == record


def test_the_file_is_one_json_object_with_what_people_look_for(place: Place, make_record):
    place.store().save(make_record(3))
    content = json.loads(place.read("record.json"))
    assert content["header"]["serial"] == 3
    assert content["header"]["version"] == RECORD_VERSION
    assert content["record"]["outputs"] == {"host/hub/service/nats#mqtt.port": "18830"}
    assert len(content["record"]["shared"]) == 2


def test_folders_and_files_are_the_owners_alone(store, folder, make_record):
    store.save(make_record(1))
    store.save(make_record(2))
    store.put(b"unit")
    for path in [folder.parent, folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_ten_earlier_records_are_kept(place: Place, make_record):
    store = place.store()
    for serial in range(1, 15):
        store.save(make_record(serial))
    kept = place.listing("backups")
    assert kept == [f"backups/record-{serial:08d}.json" for serial in range(4, 14)]
    assert recordfile.load(place.read(kept[-1])) == make_record(13)


@pytest.mark.parametrize("serial", [1, 4, 5])
def test_a_record_that_does_not_follow_is_refused(place: Place, make_record, serial):
    store = place.store()
    store.save(make_record(5))
    for one in (store, place.store()):
        error = refusal(lambda one=one: one.save(make_record(serial)))
        assert error.diagnostics[0].code == "record-moved"
    assert store.load() == make_record(5)


def test_a_record_of_another_lineage_is_refused(place: Place, make_record):
    store = place.store()
    store.save(make_record(5))
    assert refusal(lambda: store.save(make_record(6, lineage="l-2"))).diagnostics[0].code == "record-moved"


def test_a_record_that_another_wrote_in_between_is_not_lost(place: Place, make_record):
    slow, quick = place.store(), place.store()
    slow.save(make_record(1))
    assert quick.load() == slow.load()
    quick.save(make_record(2, units=5))
    assert refusal(lambda: slow.save(make_record(2, units=7))).diagnostics[0].code == "record-moved"
    assert slow.load() == make_record(2, units=5)
    slow.save(make_record(3))
    assert quick.load() == make_record(3)


def damage(content: bytes, how: str) -> bytes:
    if how.startswith("cut"):
        return content[: int(len(content) * float(how.partition(" ")[2]))]
    return {
        "empty": b"",
        "zeros": bytes(len(content)),
        "one bit": content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        "edited": content.replace(b"18830", b"18831"),
        "reformatted": json.dumps(json.loads(content), indent=2).encode(),
        "other JSON": b"[1, 2]\n",
        "header of a list": b'{"header":[1],\n"record":{}}\n',
        "text": "Grüße\n".encode("latin-1"),
    }[how]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_change_to_a_records_bytes_goes_unnoticed(data):
    content = recordfile.dump(record_of(3))
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    other = data.draw(
        st.sampled_from([b"", b"\0", b"[" * 5000, b"1e999", b"NaN", b'"x"', b"{}"]) | st.binary()
    )
    changed = content[:start] + other + content[end:]
    line, newline, _ = changed.partition(b"\n")
    try:
        recordfile.header_of(line + newline)
        assert recordfile.load(changed).units == record_of(3).units  # the change was in the header's words
    except recordfile.DamagedError:
        return


DAMAGES = ["empty", "zeros", "one bit", "edited", "reformatted", "other JSON", "header of a list", "text"]


@pytest.mark.parametrize("how", [*DAMAGES, "cut 0.01", "cut 0.2", "cut 0.9", "cut 0.999"])
def test_a_damaged_record_names_the_newest_good_backup(place: Place, make_record, how):
    store = place.store()
    for serial in (1, 2, 3):
        store.save(make_record(serial))
    broken = damage(place.read("record.json"), how)
    place.write("record.json", broken)
    place.write("backups/record-00000002.json", b"torn too")

    error = refusal(store.load)
    good = place.name("backups/record-00000001.json")
    assert error.diagnostics[0].code == "record-damaged"
    assert f"newest good backup is {good} (serial 1, 2 units)" in error.diagnostics[0].detail
    remedy = error.diagnostics[0].remedy
    assert remedy.index("backups/record-00000001.json ") < remedy.index("/record.json`")
    assert (place.read("record.json") or b"") == broken

    place.write("record.json", place.read("backups/record-00000001.json"))
    assert store.load() == make_record(1)


def test_the_command_that_restores_can_be_copied(tmp_path, make_record):
    store = FileStore(tmp_path / "press shop; rm -rf x", print)
    for serial in (1, 2):
        store.save(make_record(serial))
    (tmp_path / "press shop; rm -rf x" / "record.json").write_bytes(b"{")
    command = refusal(store.load).diagnostics[0].remedy.split("`")[1]
    subprocess.run(["sh", "-c", command], check=True)
    assert store.load() == make_record(1)


def test_a_damaged_record_is_never_written_over(place: Place, make_record):
    store = place.store()
    store.save(make_record(1))
    place.write("record.json", b"{")
    for one in (store, place.store()):
        error = refusal(lambda one=one: one.save(make_record(2)))
        assert error.diagnostics[0].code == "record-damaged"
    assert place.read("record.json") == b"{"


def test_a_damaged_record_without_a_backup_says_so(place: Place, make_record):
    store = place.store()
    store.save(make_record(1))
    place.write("record.json", b"{")
    diagnostic = refusal(store.load).diagnostics[0]
    assert "No good backup is left" in diagnostic.detail
    assert "move it away" in diagnostic.remedy


def test_a_lost_record_is_no_first_apply(place: Place, make_record):
    store = place.store()
    store.save(make_record(1))
    store.save(make_record(2))
    place.remove("record.json")
    diagnostic = refusal(store.load).diagnostics[0]
    assert diagnostic.code == "record-missing"
    assert "record-00000001.json" in diagnostic.remedy


def test_a_record_of_a_newer_version_is_left_alone(place: Place, make_record):
    store = place.store()
    store.save(make_record(1))
    newer = recordfile.dump(replace(make_record(2), version=RECORD_VERSION + 1, aiotctl="9.2.0"))
    place.write("record.json", newer)
    for call in (store.load, lambda: store.save(make_record(3))):
        diagnostic = refusal(call).diagnostics[0]
        assert diagnostic.code == "record-newer"
        assert "aiotctl 9.2.0" in diagnostic.detail
        assert place.read("record.json") == newer
    assert place.listing("backups") == []


def test_what_no_record_holds_is_damage_too(make_record):
    line, body = recordfile.dump(make_record(1)).split(b"\n", 1)
    other = body.removesuffix(b"}\n").replace(b'"parts"', b'"pieces"')
    line = line.replace(digest(body.removesuffix(b"}\n")).encode(), digest(other).encode())
    with pytest.raises(recordfile.DamagedError, match="parts"):
        recordfile.load(line + b"\n" + other + b"}\n")


def test_ten_thousand_units_are_read_quickly(place: Place, make_record):
    store = place.store()
    store.save(make_record(1, units=10_000))
    times = []
    for _ in range(3):
        begun = time.process_time()  # what others do on this machine is not counted
        assert len(store.load().units) == 10_000
        times.append(time.process_time() - begun)
    assert min(times) < 0.15
