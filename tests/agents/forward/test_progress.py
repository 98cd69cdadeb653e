"""How far the journal was delivered: what is sent again after a new connection, and what is counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiotctl.agents.forward import progress as module
from aiotctl.agents.forward.progress import REPLAY_S, REPLAYS, Progress


class Clock:
    """A clock that a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(module.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_what_was_acknowledged_shortly_before_is_sent_again(tmp_path: Path, clock: Clock) -> None:
    progress = Progress(tmp_path / "p.json")
    assert progress.begin() == 0
    progress.acknowledged(10)
    clock.now += REPLAY_S + 1
    progress.acknowledged(20)
    assert progress.safe() == 10
    assert progress.begin() == 10
    clock.now += REPLAY_S + 1
    assert progress.begin() == 20


def test_a_line_that_breaks_all_the_time_comes_further(tmp_path: Path, clock: Clock) -> None:
    progress, reached = Progress(tmp_path / "p.json"), []
    for _ in range(20):
        start = progress.begin()
        reached.append(start)
        progress.acknowledged(max(progress.acked, start + 10))
        clock.now += 1  # far less than what is sent again
    assert reached[-1] > reached[REPLAYS + 1] > 0


def test_it_is_remembered(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "p.json"
    progress = Progress(file)
    progress.acknowledged(50)
    progress.dropped(3, 120, 60)
    progress.save(held_messages=7)
    assert json.loads(file.read_text()) == {
        "acked": 60,
        "safe": 60,
        "dropped_messages": 3,
        "dropped_values": 120,
        "held_messages": 7,
    }
    again = Progress(file)
    assert (again.acked, again.dropped_messages, again.dropped_values) == (60, 3, 120)


def test_what_was_dropped_on_its_way_and_came_was_not_lost(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "p.json")
    progress.dropped(3, 120, 60)
    progress.arrived(50)
    assert (progress.dropped_messages, progress.dropped_values, progress.acked) == (2, 70, 60)


@pytest.mark.parametrize("text", ["", "{", "\0\0"])
def test_a_file_that_is_broken_loses_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "p.json"
    file.write_text(text)
    progress = Progress(file)
    progress.fit(40, 90)
    assert (progress.acked, progress.begin()) == (40, 40)


def test_a_journal_that_lost_its_end_is_not_taken_for_delivered(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "p.json")
    progress.acknowledged(100)
    progress.fit(0, 80)
    assert progress.acked == 80
