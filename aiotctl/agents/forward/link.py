"""A connection to a broker, by TLS with a certificate of one's own."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from aiotctl.agents.forward import packets

log = logging.getLogger("forward")

KEEP_ALIVE_S = 30
SILENT_S = 45.0
"""A broker from which nothing has come for so long, though it was asked, is gone."""

CONNECT_S = 10.0
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 15.0


class Link:
    """An open connection, after CONNACK."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._unpacker = packets.Unpacker()
        self._waiting: list[packets.Packet] = []

    async def send(self, data: bytes) -> None:
        """Sends, and waits while the broker takes nothing."""
        self._writer.write(data)
        await asyncio.wait_for(self._writer.drain(), SILENT_S)

    async def receive(self) -> list[packets.Packet]:
        """The next packets; asks the broker whether it lives where nothing comes. Raises OSError at the
        connection's end.
        """
        if self._waiting:
            found, self._waiting = self._waiting, []
            return found
        while True:
            try:
                data = await asyncio.wait_for(self._reader.read(2**18), KEEP_ALIVE_S / 2)
            except TimeoutError:
                await self.send(packets.PING)
                data = await asyncio.wait_for(self._reader.read(2**18), SILENT_S)
            if not data:
                raise ConnectionError("the broker closed the connection")
            found = self._unpacker.feed(data)
            if found:
                return found

    def hold(self, found: list[packets.Packet]) -> None:
        """Keeps packets for the next one who receives."""
        self._waiting = found

    def close(self) -> None:
        """Ends the connection without waiting for the other side."""
        self._writer.transport.abort()


async def opened(place: Mapping[str, Any], client: str, clean: bool) -> Link:
    """Connects. ``place``: host, port, and the files ``ca``, ``cert`` and ``key``, read anew each time."""
    context = ssl.create_default_context(cafile=place["ca"])
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(place["cert"], place["key"])
    async with asyncio.timeout(CONNECT_S):
        reader, writer = await asyncio.open_connection(place["host"], place["port"], ssl=context)
        link = Link(reader, writer)
        try:
            await link.send(packets.connect(client, clean, KEEP_ALIVE_S))
            answer, *rest = await link.receive()
            link.hold(rest)
            if answer.kind != packets.CONNACK or answer.body[1] != 0:
                raise ConnectionError(f"the broker refused the connection ({answer.body.hex()})")
        except BaseException:
            link.close()
            raise
    return link


async def keep(
    name: str,
    place: Mapping[str, Any],
    client: str,
    clean: bool,
    work: Callable[[Link], Awaitable[None]],
) -> None:
    """Works over a connection, and over a new one whenever it breaks, for ever."""
    wait, failing = FIRST_RETRY_S, ""
    while True:
        try:
            link = await opened(place, client, clean)
            log.info("%s is connected", name)
            wait, failing = FIRST_RETRY_S, ""
            try:
                await work(link)
            finally:
                link.close()
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError) as problem:
            told = f"{type(problem).__name__}: {problem}"[:300]
            if told != failing:
                log.warning("%s is not connected: %s", name, told)
                failing = told
        await asyncio.sleep(wait * random.uniform(0.5, 1.0))
        wait = min(2 * wait, LONGEST_RETRY_S)


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Works side by side until the first one ends or fails; its error is raised, the others are cancelled."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
