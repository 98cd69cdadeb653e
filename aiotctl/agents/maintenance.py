"""Keeps the database's partitions: makes those ahead, drops what is older than the retention.

Run as ``python -m aiotctl.agents.maintenance CONFIG``; the configuration is ``{"database": {libpq
keywords}}``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from aiotctl.agents.job import Connection, Facts, log_to_stderr, repeat

EVERY_S = 60.0
STRAYS_KEPT = 1000
"""So many unknown series ids are remembered; the longest unseen are forgotten first."""


def maintain(connection: Connection) -> Facts:
    """One round. Locks are asked for briefly, so that no writer waits long behind a reader; the next round
    retries.
    """
    connection.execute("SET lock_timeout = '2s'")
    made = connection.execute("SELECT aiot.make_partitions()").fetchone()
    dropped = connection.execute("SELECT aiot.drop_partitions()").fetchone()
    connection.execute(
        "DELETE FROM aiot.stray WHERE s IN (SELECT s FROM aiot.stray ORDER BY last DESC OFFSET %s)",
        [STRAYS_KEPT],
    )
    return {"made": made[0] if made else 0, "dropped": dropped[0] if dropped else 0}


def main(config: Path) -> None:
    """Runs until it is told to stop."""
    import psycopg

    log_to_stderr()
    login: dict[str, Any] = json.loads(config.read_text())["database"]

    def connect() -> Connection:
        return psycopg.connect(autocommit=True, connect_timeout=5, application_name="maintenance", **login)

    repeat("maintenance", EVERY_S, connect, maintain)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
