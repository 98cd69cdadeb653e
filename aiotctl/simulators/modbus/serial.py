"""A serial line that is not there: a pseudo terminal, linked under a name of its own."""

from __future__ import annotations

import asyncio
import os
import tty
from pathlib import Path

from aiotctl.simulators.modbus.server import ModbusServer


class SerialLine:
    """Serves RTU devices on a pseudo terminal. Closing it while offline would lose the link, so it stays
    and is silent.
    """

    def __init__(self, server: ModbusServer, link: Path) -> None:
        self.server = server.server
        self._rtu = server
        self._link = link
        self._task: asyncio.Task[None] | None = None
        self._slave = -1
        self._transports: list[asyncio.BaseTransport] = []

    async def start(self) -> None:
        """Make the terminal and its link."""
        master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._link.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(os.ttyname(self._slave))
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        reading, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(master, "rb", 0)
        )
        writing, flow = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(os.dup(master), "wb", 0)
        )
        self._transports = [reading, writing]
        writer = asyncio.StreamWriter(writing, flow, None, loop)
        self._task = asyncio.create_task(self._rtu.serve_rtu(reader, writer))

    async def refresh(self) -> None:
        """Nothing to open or close: an offline device is silent."""

    async def stop(self) -> None:
        """Remove link and terminal."""
        self._link.unlink(missing_ok=True)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for transport in self._transports:
            transport.close()
        if self._slave >= 0:
            os.close(self._slave)
            self._slave = -1
