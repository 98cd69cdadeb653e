"""Quality codes, as stored with each value."""

from __future__ import annotations

from enum import IntEnum


class Quality(IntEnum):
    """Why a value may or may not be trusted.

    The low four bits say what was found at the gateway; ``LATE`` is added by the database when the time of
    a value
    lies outside the partitions kept open for fresh data (a stepped clock, or an arrival long after the fact).
    """

    GOOD = 0
    UNCERTAIN = 1
    BAD_STATUS = 2
    NO_VALUE = 3
    NOT_A_NUMBER = 4
    OUT_OF_RANGE = 5
    WRONG_TYPE = 6
    LATE = 16
