"""How requests to a bucket are made: how long one may take, and how often it is tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

CLIENT: ClientConfig = {"connect_timeout": "5s", "timeout": "60s"}
"""A record of ten thousand hosts is some megabytes."""


def retries() -> RetryConfig:
    """A short fault of server or network is got over; a longer one is told within half a minute."""
    return {
        "max_retries": 4,
        "retry_timeout": timedelta(seconds=30),
        "backoff": {
            "init_backoff": timedelta(milliseconds=100),
            "max_backoff": timedelta(seconds=3),
            "base": 2,
        },
    }
