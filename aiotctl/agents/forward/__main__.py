"""Run as ``python -m aiotctl.agents.forward CONFIG``."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from aiotctl.agents.forward.forward import Forwarder


def main(config: Path) -> None:
    """Forwards until it is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    asyncio.run(_run(config))


async def _run(config: Path) -> None:
    work = asyncio.create_task(Forwarder(json.loads(config.read_text(encoding="utf-8"))).run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
