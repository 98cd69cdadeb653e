import pytest

from aiotctl.errors import AiotctlError
from aiotctl.model.record import JournalEntry
from aiotctl.stores.file import FileStore

from .places import Bucket, Place

BEGIN = JournalEntry("begin", at=1.5, facts={"units": "2"})
STARTED = JournalEntry("unit-start", "host/hub", 2.5)
DONE = JournalEntry("unit-done", "host/hub", 3.5)
END = JournalEntry("end", at=4.5)


def test_entries_are_read_back_by_another_program(place: Place):
    store = place.store()
    for entry in (BEGIN, STARTED, DONE):
        store.append(entry)
    assert place.store().journal() == (BEGIN, STARTED, DONE)


def test_entries_are_added_to_those_of_another_program(place: Place):
    place.store().append(BEGIN, STARTED)
    place.store().append(DONE)
    assert place.store().journal() == (BEGIN, STARTED, DONE)


def test_a_long_journal_is_read_back_in_order(place: Place):
    store = place.store()
    entries = [JournalEntry("unit-done", f"host/{number}", facts={"log": "x" * 9000}) for number in range(30)]
    for first in range(0, 30, 3):
        store.append(*entries[first : first + 3])
    assert place.store().journal() == tuple(entries)
    place.store().clear_journal()
    assert store.journal() == ()
    assert place.listing("journal") == []


def test_an_apply_that_ended_left_nothing_to_do(place: Place):
    store = place.store()
    for entry in (BEGIN, STARTED, DONE, END):
        store.append(entry)
    assert store.journal() == ()
    store.append(BEGIN)
    assert store.journal() == (BEGIN,)


def test_a_forgotten_journal_is_empty_and_can_be_written_again(place: Place):
    store = place.store()
    store.append(BEGIN)
    store.clear_journal()
    assert store.journal() == ()
    store.append(STARTED)
    assert store.journal() == (STARTED,)


@pytest.mark.parametrize(
    "torn",
    [b'{"phase":"unit-do', b'{"phase":"unit-done"}', b"\0" * 300, b"\0\0\n", b"{\n{}\n", b"[" * 9999 + b"\n"],
)
def test_what_a_crash_tore_is_dropped_and_written_over(store, folder, torn):
    store.append(BEGIN)
    store.append(STARTED)
    path = folder / "journal.ndjson"
    path.write_bytes(path.read_bytes() + torn)
    again = FileStore(folder, print)
    assert again.journal() == (BEGIN, STARTED)
    again.append(DONE)
    assert again.journal() == (BEGIN, STARTED, DONE)


def test_damage_before_whole_entries_is_told(store, folder):
    for entry in (BEGIN, STARTED, DONE):
        store.append(entry)
    path = folder / "journal.ndjson"
    path.write_bytes(path.read_bytes().replace(b"unit-start", b"unit-\0\n\0\0"))
    with pytest.raises(AiotctlError) as error:
        store.journal()
    assert error.value.diagnostics[0].code == "journal-damaged"
    assert "line 2" in error.value.diagnostics[0].detail
    assert str(path) in error.value.diagnostics[0].remedy


def test_a_damaged_entry_in_a_bucket_is_told(bucket: Bucket):
    store = bucket.store()
    for entry in (BEGIN, STARTED):
        store.append(entry)
    bucket.write("journal/00000002.ndjson", b"{")
    with pytest.raises(AiotctlError) as error:
        store.journal()
    assert error.value.diagnostics[0].code == "journal-damaged"
    assert bucket.name("journal/00000002.ndjson") in error.value.diagnostics[0].remedy


def test_two_programs_do_not_write_the_same_entry_of_a_bucket(bucket: Bucket):
    """They have no lock here; with one, the second would have been refused before."""
    one, other = bucket.store(), bucket.store()
    one.append(BEGIN)
    other.append(STARTED)
    with pytest.raises(AiotctlError) as error:
        one.append(DONE)
    assert error.value.diagnostics[0].code == "journal-moved"
    one.append(DONE)  # it has looked again
    assert other.journal() == (BEGIN, STARTED, DONE)
