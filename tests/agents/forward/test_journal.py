"""The journal of a gateway: what is on the disk stays in order, whatever becomes of program or disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from aiotctl.agents.forward.journal import HEAD, SMALLEST_SEGMENT, Journal

SMALL = 16 * SMALLEST_SEGMENT
"""A limit that gives the smallest segments."""


def message(number: int, size: int = 1000) -> bytes:
    return f"{number}:".encode().ljust(size, b"x")


def filled(folder: Path, count: int, limit: int = SMALL) -> Journal:
    journal = Journal(folder, limit)
    for number in range(count):
        journal.append([message(number)])
    return journal


def test_records_come_back_in_order_from_any_number(tmp_path: Path) -> None:
    journal = filled(tmp_path, 200)
    assert len(journal.segments) > 2
    for start in (0, 1, 64, 65, 66, 130, 199):
        assert list(journal.read(start)) == [(n, message(n)) for n in range(start, 200)]
    assert list(journal.read(200)) == []


def test_a_reader_that_goes_on_sees_what_was_added(tmp_path: Path) -> None:
    journal, position, seen = Journal(tmp_path, SMALL), 0, []
    for number in range(150):
        journal.append([message(number)])
        for got, record in journal.read(position):
            seen.append(record)
            position = got + 1
    assert seen == [message(number) for number in range(150)]


def test_it_goes_on_where_it_ended(tmp_path: Path) -> None:
    filled(tmp_path, 100).close()
    again = Journal(tmp_path, SMALL)
    assert (again.first, again.end) == (0, 100)
    again.append([message(100), message(101)])
    again.close()
    assert [number for number, _ in Journal(tmp_path, SMALL).read(98)] == [98, 99, 100, 101]


def test_an_empty_one_begins_at_the_number_it_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path, SMALL, first=77)
    journal.append([b"a"])
    assert list(journal.read(0)) == [(77, b"a")]


@pytest.mark.parametrize("cut", [1, HEAD.size - 1, HEAD.size, HEAD.size + 1, HEAD.size + 999])
def test_what_a_power_cut_left_half_written_is_cut_off(tmp_path: Path, cut: int) -> None:
    journal = filled(tmp_path, 10)
    path, whole = journal.segments[-1].path, journal.size
    journal.append([message(10)])
    journal.close()
    os.truncate(path, whole + cut)
    again = Journal(tmp_path, SMALL)
    assert again.end == 10
    again.append([b"next"])
    assert list(again.read(9)) == [(9, message(9)), (10, b"next")]


def test_a_damaged_end_is_cut_off(tmp_path: Path) -> None:
    journal = filled(tmp_path, 10)
    journal.close()
    with journal.segments[-1].path.open("r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"?")
    assert Journal(tmp_path, SMALL).end == 9


def test_the_oldest_go_as_whole_segments(tmp_path: Path) -> None:
    journal = filled(tmp_path, 300)
    first = journal.segments[1].first
    gone = journal.drop_oldest()
    assert gone is not None
    assert (gone.first, gone.end) == (0, first)
    assert next(iter(journal.read(0)))[0] == first
    assert not gone.path.exists()


def test_the_segment_that_is_written_to_stays(tmp_path: Path) -> None:
    journal = filled(tmp_path, 3)
    assert journal.drop_oldest() is None
    journal.forget(3)
    assert list(journal.read(0)) == [(n, message(n)) for n in range(3)]


def test_only_what_is_delivered_is_forgotten(tmp_path: Path) -> None:
    journal = filled(tmp_path, 300)
    second = journal.segments[1]
    journal.forget(second.end - 1)
    assert journal.first == second.first
    journal.forget(second.end)
    assert journal.first == second.end


def test_it_is_full_at_its_limit_and_where_the_disk_has_too_little_left(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a", 100_000)
    while not journal.is_full():
        journal.append([message(0)])
    assert 100_000 < journal.size < 102_000
    assert Journal(tmp_path / "b", 100_000, reserve=1 << 60).is_full()


def test_a_disk_that_takes_no_more_leaves_the_journal_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = filled(tmp_path, 10)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fdatasync", full)
    with pytest.raises(OSError, match="No space"):
        journal.append([message(10)])
    monkeypatch.undo()
    journal.append([b"after"])
    journal.close()
    assert list(Journal(tmp_path, SMALL).read(9)) == [(9, message(9)), (10, b"after")]
