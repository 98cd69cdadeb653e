"""Run as ``python -m aiotctl.agents.lake_export CONFIG [--once]``.

The configuration is ``{"database": {libpq keywords}, "bucket": {...}, "every_ms": n, "retain_ms": n}``.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiotctl.agents.job import Connection, Facts, log_to_stderr, one_round, repeat
from aiotctl.agents.lake_export.bucket import open_bucket
from aiotctl.agents.lake_export.export import Retention, export_all

JOB = "lake-export"


def main(config: Path, once: bool) -> str:
    """Runs until it is told to stop, or one round; returns what went wrong in that one."""
    import psycopg

    log_to_stderr()
    settings: dict[str, Any] = json.loads(config.read_text())
    store = open_bucket(settings["bucket"])
    retention = Retention(timedelta(milliseconds=settings["retain_ms"]))

    def connect() -> Connection:
        return psycopg.connect(
            autocommit=True, connect_timeout=5, application_name=JOB, **settings["database"]
        )

    def work(connection: Connection) -> Facts:
        return export_all(connection, store) | retention.enforce(store, datetime.now(UTC))

    if once:
        return one_round(JOB, connect, work)
    repeat(JOB, settings["every_ms"] / 1000, connect, work)
    return ""


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--once" in sys.argv[2:]) or 0)
