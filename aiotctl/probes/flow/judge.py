"""Judges a series by its newest value."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from aiotctl.model.primitives import Series
from aiotctl.model.quality import Quality
from aiotctl.model.verification import Flow, Newest

GRACE_S = 2.0
"""What a value may need from collector to table: two flushes of half a second, one commit, and some load."""


def judge(series: Series, newest: Newest | None, ahead: Newest | None) -> Flow:
    """How the series fares. A series without an expected silence is never late; but of a point as it was
    measured there is a first value, since whoever tells changes begins with what is.
    """
    if newest is None:
        if ahead is not None:
            return Flow.CLOCK_AHEAD
        return Flow.NEVER if series.silence_ms or not series.pipeline else Flow.QUIET
    silence_s = series.silence_ms / 1000
    if series.silence_ms and newest.age_s > silence_s + GRACE_S:
        return Flow.STALE if newest.age_s <= 2 * silence_s + GRACE_S else Flow.SILENT
    return _quality(series, newest)


def _quality(series: Series, newest: Newest) -> Flow:
    found = newest.quality & ~Quality.LATE
    if found == Quality.OUT_OF_RANGE or (found == Quality.GOOD and _outside(series, newest.text)):
        return Flow.OUT_OF_RANGE
    return Flow.FLOWING if found == Quality.GOOD else Flow.BAD_QUALITY


def _outside(series: Series, text: str | None) -> bool:
    if series.range is None or text is None:
        return False
    try:
        value = Decimal(text)
    except InvalidOperation:
        return False
    return not series.range[0] <= value <= series.range[1]
