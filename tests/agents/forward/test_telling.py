"""What the hub is told of a gateway's journal, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiotctl.agents.forward import telling as module
from aiotctl.agents.forward.progress import Progress
from aiotctl.agents.forward.telling import AGAIN_S, TIMES, Teller


def test_it_is_told_at_each_connection_at_each_drop_and_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    progress, teller = Progress(tmp_path / "progress.json"), Teller("plant-a/gw-1")

    def told() -> str:
        return teller.line(progress, 7, 2048, 4096).decode()

    teller.begin()
    assert told() == (
        "told_buffer,gateway=plant-a/gw-1 dropped_messages=0i,dropped_values=0i,held_messages=7i,"
        "held_bytes=2048i,limit_bytes=4096i\n"
    )
    assert [told() != "" for _ in range(TIMES)] == [*[True] * (TIMES - 1), False]
    progress.dropped(2, 900, 50)
    assert ["dropped_messages=2i,dropped_values=900i" in told() for _ in range(TIMES)] == [True] * TIMES
    assert told() == ""
    teller.begin()
    assert [told() != "" for _ in range(TIMES + 1)] == [*[True] * TIMES, False]
    now += AGAIN_S
    assert [told() != "", told() != ""] == [True, False]
