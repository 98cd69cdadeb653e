"""Log files: their ends, and what comes, also when a file is rotated away."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiotctl.probes.tail import follow, last_lines


@pytest.mark.parametrize("number", [0, 1, 3, 100_000])
def test_the_last_lines_of_a_long_file(tmp_path: Path, number: int) -> None:
    lines = [f"line {n} ü" for n in range(20_000)]
    path = tmp_path / "log"
    path.write_text("\n".join(lines) + "\n")
    assert last_lines(path, number) == (lines[-number:] if number else [])


def test_what_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "log", 5) == []


def test_new_lines_come_whole_and_a_file_made_anew_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("old\n")
    steps = iter(
        (
            lambda: _append(path, "one\ntw"),
            lambda: _append(path, "o\n"),
            lambda: (path.rename(tmp_path / "log.1"), path.write_text("three\n")),
        )
    )
    came = follow({"a": path}, lambda: next(steps, _nothing)() == "end")
    assert [line for _, line in came] == ["one", "two", "three"]


def _nothing() -> str:
    return "end"


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)
