"""Runs the benches: a table on the way, one JSON object as the last line. Ends with 1 where a figure is not
reached.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from pathlib import Path

from benches.measure import Row

BENCHES = (
    "start",
    "language",
    "laptop",
    "flow",
    "fleet_apply",
    "play_start",
    "hosts",
    "hosts_first",
    "clouds",
)
"""Modules of this package; each has ``rows(folder, full)``."""


def main(words: list[str]) -> int:
    """Runs the named benches, all where none is named."""
    names = [word for word in words if not word.startswith("-")] or list(BENCHES)
    full = "--full" in words
    measured: list[Row] = []
    print(f"{'key':<22} {'measured':>12} {'must reach':>12}   what", flush=True)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="aiotctl-bench-") as folder:
            bench = importlib.import_module(f"benches.{name}")
            for row in bench.rows(Path(folder), full):
                measured.append(row)
                print(_line(row), flush=True)
    print(json.dumps({row.key: round(row.value, 4) for row in measured}))
    return 0 if all(row.reached for row in measured) else 1


def _line(row: Row) -> str:
    limit = (
        f"<= {row.at_most}"
        if row.at_most is not None
        else f">= {row.at_least}"
        if row.at_least is not None
        else ""
    )
    return (
        f"{row.key:<22} {row.value:>12.4g} {limit:>12}   {row.what}{'' if row.reached else '   NOT REACHED'}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
