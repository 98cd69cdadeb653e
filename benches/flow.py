"""The highest rate from simulated MQTT devices to committed rows, and to a file by the same collector.

A step applies a number of devices, each publishing ten values ten times a second, lets them settle and
watches for a
minute. It is carried when the newest value that arrived is no older at the end than at the start (a flat
backlog), and
the counters in the values have neither gap nor double. Steps grow until one is not carried; the rate is
that of the
best one, counted in what arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

from benches.flow_steps import DatabaseEnd, Ended, FileEnd, Line, laid
from benches.measure import Row

START = 9_000
"""Values a second of the first step: above what must be reached."""
GROWTH = 1.4
SETTLE_S, WATCH_S = 5.0, 60.0
FLAT_S = 1.0
"""A backlog is flat when the median age of the newest value grows by no more over the minute: two flushes."""
MOST_STEPS = 6


def rows(folder: Path, full: bool) -> Iterator[Row]:
    """Measures both ways on one line of devices, broker and collector; the full form takes finer steps."""
    growth = 1 + (GROWTH - 1) / 2 if full else GROWTH
    steps = MOST_STEPS * 2 if full else MOST_STEPS
    with laid(folder) as line:
        best = _climb(line, DatabaseEnd, START, growth, steps)
        with closing(FileEnd(line)) as end:
            written = _climb(line, lambda _: end, START * growth, growth, steps)
    if best is None or written is None:
        raise RuntimeError(f"{START} values/s were not carried to the {'file' if best else 'database'}")
    yield Row("flow_values_per_s", "simulated devices to committed rows, values/s", best.rate, at_least=5000)
    yield Row("flow_file_values_per_s", "the same collector into a file, values/s", written.rate)
    yield Row("flow_ratio", "rows against file", best.rate / written.rate, at_least=0.4)
    yield Row("flow_lag_p95_s", "age of a value when it is committed, 95th percentile, s", best.lag_p95)


def _climb(
    line: Line, end_of: Callable[[Line], DatabaseEnd | FileEnd], start: float, growth: float, steps: int
) -> Ended | None:
    best: Ended | None = None
    rate = start
    for _ in range(steps):
        line.resize(int(rate))
        end = end_of(line)
        ended = end.watch(SETTLE_S, WATCH_S)
        carried = _carried(ended)
        print(
            f"  {end.name}: {rate:,.0f} values/s wanted, {ended.rate:,.0f} arrived, "
            f"newest {ended.lag_p95:.2f} s old (95 %), {'carried' if carried else 'not carried'}",
            flush=True,
        )
        if not carried:
            return best
        best = ended
        rate *= growth
    return best


def _carried(ended: Ended) -> bool:
    quarter = len(ended.lags) // 4
    flat = median(ended.lags[-quarter:]) <= median(ended.lags[:quarter]) + FLAT_S
    if flat and (ended.lost or ended.doubled):
        raise RuntimeError(f"{ended.lost} values were lost and {ended.doubled} doubled with a flat backlog")
    return flat and ended.rate >= 0.97 * ended.wanted
