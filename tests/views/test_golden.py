"""Every case of ``cases/`` against its golden outputs: plain as in a pipe, on a terminal of 80 columns, in
colour, and the stream of messages. ``AIOTCTL_GOLDEN=write`` writes them anew; look at the difference
before it is committed.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from aiotctl.views.output import Output, Screen, Stream
from tests.views.shown import VIEWS

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.yaml"))
NOW = 1_800_000_000.0


def screen(colour: bool, width: int | None) -> Screen:
    return Screen(io.StringIO(), colour=colour, width=width)


def text_of(
    view: Callable[[dict[str, Any], Output], None], case: dict[str, Any], colour: bool, width: int | None
) -> str:
    shown = screen(colour, width)
    view(case, Output(shown, shown, None, lambda: NOW))
    return shown.file.getvalue()  # type: ignore[attr-defined]


def stream_of(view: Callable[[dict[str, Any], Output], None], case: dict[str, Any]) -> str:
    file = io.StringIO()
    view(case, Output(None, screen(False, None), Stream(file, "1.2.3"), lambda: NOW))
    return file.getvalue()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_view_shows_what_was_agreed(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    view = VIEWS[case["view"]]
    outputs = {
        "txt": text_of(view, case, False, None),
        "80.txt": text_of(view, case, False, 80),
        "ansi": text_of(view, case, True, 80).replace("\x1b", "␛"),
        "ndjson": stream_of(view, case),
    }
    for ending, text in outputs.items():
        golden = HERE / "golden" / f"{path.stem}.{ending}"
        if os.environ.get("AIOTCTL_GOLDEN") == "write":
            golden.write_text(text)
        assert text == golden.read_text()
    assert "\x1b" not in outputs["txt"] + outputs["80.txt"]
