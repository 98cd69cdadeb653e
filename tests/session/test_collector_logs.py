"""The logs that verify reads: a file here, the journal of a machine with what its sudo asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiotctl.model.blueprint import HostPlace
from aiotctl.session.collector_logs import log_readers

HERE, THERE = "host/hub/service/telegraf", "host/a/gw/service/telegraf"


def test_a_machines_journal_is_read_with_the_password_of_its_sudo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = HostPlace("a/gw", "10.0.0.1", become_secret="sudo-a")
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        "aiotctl.backends.remote_logs.last_lines", lambda *words: asked.append(words) or "from there"
    )
    (tmp_path / "telegraf.log").write_text("from here\n")
    (tmp_path / "telegraf-2.log").write_text("and from its second agent\n")
    readers = log_readers(
        [HERE, THERE],
        lambda service: tmp_path / "telegraf.log",
        lambda host: machine if host == "host/a/gw" else None,
        lambda place: f"the password of {place.become_secret}",
    )
    assert readers[HERE]() == "from here\n\nand from its second agent\n"
    assert readers[THERE]() == "from there"
    assert asked == [(machine, "telegraf*", 2000, "the password of sudo-a")]
