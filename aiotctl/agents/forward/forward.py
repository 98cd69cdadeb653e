"""From the gateway's broker into the journal, and from the journal to the hub's broker."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiotctl.agents.forward import packets
from aiotctl.agents.forward.journal import Journal
from aiotctl.agents.forward.link import Link, keep, together
from aiotctl.agents.forward.progress import Progress
from aiotctl.agents.forward.telling import Teller

log = logging.getLogger("forward")

WINDOW = 100
"""Messages on their way to the hub at once."""

ACKNOWLEDGED_WITHIN_S = 60.0
SAVE_S = 1.0
FULL_DISK_S = 1.0
TOLD_S = 5.0


class Forwarder:
    """One topic of a gateway. ``settings``: ``gateway`` its name, ``topic``, ``client``, ``folder``,
    ``limit`` and ``reserve`` in bytes, ``health`` the port on which it says that it works, and where
    ``local`` and ``hub`` are (see ``link.opened``).
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self.topic: str = settings["topic"]
        self._teller = Teller(settings["gateway"])
        folder = Path(settings["folder"])
        self.progress = Progress(folder / "progress.json")
        self.journal = Journal(
            folder / "journal", settings["limit"], settings["reserve"], self.progress.acked
        )
        self.progress.fit(self.journal.first, self.journal.end)
        self._came = asyncio.Event()
        self._sent = 0
        """The number after the last message that went over the present connection; 0: none did."""
        self._doubtful: dict[int, int] = {}
        """Messages that were dropped on their way, which may arrive after all, and their values."""
        self._subscribed = asyncio.Event()

    @property
    def held(self) -> int:
        """Messages that the hub has not acknowledged."""
        return max(0, self.journal.end - self.progress.acked)

    async def run(self) -> None:
        """Works until it is cancelled, and writes down how far it came."""
        client = self.settings["client"]
        try:
            await together(
                keep("the gateway's broker", self.settings["local"], f"{client}:forward", False, self._take),
                keep("the hub's broker", self.settings["hub"], f"{client}:hub", True, self._deliver),
                self._keep_books(),
                self._be_asked(),
            )
        finally:
            self._save()
            self.journal.close()

    async def _take(self, link: Link) -> None:
        """Messages of the gateway's broker into the journal, acknowledged once they are on the disk."""
        await link.send(packets.subscribe(1, self.topic))
        while True:
            found = await link.receive()
            if any(one.kind == packets.SUBACK for one in found):
                self._subscribed.set()
            came = [packets.published(one) for one in found if one.kind == packets.PUBLISH]
            if came:
                await self._store([payload for _, payload in came])
                await link.send(b"".join(packets.puback(number) for number, _ in came if number))

    async def _be_asked(self) -> None:
        """Listens once the subscription is there, which from then on outlives everything. Before that nobody
        may take the forwarder for healthy and let the collector publish.
        """
        await self._subscribed.wait()
        port: int = self.settings["health"]
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
        async with server:
            await server.serve_forever()

    async def _store(self, messages: list[bytes]) -> None:
        """Into the journal, whatever must go for it; while the disk takes nothing at all, it waits."""
        while True:
            try:
                self.journal.append(messages)
                break
            except OSError as problem:
                if not self._make_room():
                    log.error("the journal cannot be written: %s", problem)
                    await asyncio.sleep(FULL_DISK_S)
        while self.journal.is_full() and self._make_room():
            pass
        self._came.set()

    def _make_room(self) -> bool:
        """Drops the oldest segment, and counts what of it the hub never had."""
        oldest = self.journal.segments[0]
        if len(self.journal.segments) == 1:
            return False
        found = self.journal.read(self.progress.acked)
        undelivered = {n: message.count(b"\n") for n, message in found if n < oldest.end}
        values = sum(undelivered.values())
        self._doubtful |= {n: held for n, held in undelivered.items() if n < self._sent}
        self.progress.dropped(len(undelivered), values, oldest.end)
        self.journal.drop_oldest()
        self._save()
        if undelivered:
            total = self.progress.dropped_values
            log.warning("the journal is full: the %d oldest values went, %d in all", values, total)
        return True

    async def _deliver(self, link: Link) -> None:
        """The journal to the hub, in order, with so many messages on their way at most."""
        self._sent = 0
        self._doubtful.clear()
        flying: deque[tuple[int, float]] = deque()
        room = asyncio.Event()
        room.set()
        done: set[int] = set()

        async def hear() -> None:
            while True:
                for packet in await link.receive():
                    if packet.kind == packets.PUBACK:
                        done.add(packets.number_of(packet.body))
                while flying and _number(flying[0][0]) in done:
                    number, _ = flying.popleft()
                    done.discard(_number(number))
                    self.progress.acknowledged(number + 1)
                    if number in self._doubtful:
                        self.progress.arrived(self._doubtful.pop(number))
                room.set()

        async def send() -> None:
            position = self.progress.begin()
            while True:
                self._came.clear()
                for number, message in self.journal.read(position):
                    if number < self.journal.first:  # it went meanwhile, and was counted
                        continue
                    while len(flying) >= WINDOW:
                        room.clear()
                        await asyncio.wait_for(room.wait(), ACKNOWLEDGED_WITHIN_S)
                    flying.append((number, time.monotonic()))
                    await link.send(packets.publish(_number(number), self.topic, message))
                    position = self._sent = number + 1
                await self._quiet(flying)

        await together(hear(), send(), self._tell(link))

    async def _tell(self, link: Link) -> None:
        """How the journal fares, to the hub: at once, and again as the teller has it."""
        self._teller.begin()
        while True:
            line = self._teller.line(self.progress, self.held, self.journal.size, self.journal.limit)
            if line:
                await link.send(packets.told(self.topic, line))
            await asyncio.sleep(TOLD_S)

    async def _quiet(self, flying: deque[tuple[int, float]]) -> None:
        """Until something new comes; a message that is not acknowledged in time ends the connection."""
        while not self._came.is_set():
            if flying and time.monotonic() - flying[0][1] > ACKNOWLEDGED_WITHIN_S:
                raise ConnectionError("a message was not acknowledged")
            try:
                await asyncio.wait_for(self._came.wait(), 1.0)
            except TimeoutError:
                continue

    async def _keep_books(self) -> None:
        while True:
            await asyncio.sleep(SAVE_S)
            self.journal.forget(self.progress.safe())
            self._save()

    def _save(self) -> None:
        try:
            self.progress.save(
                held_messages=self.held, held_bytes=self.journal.size, limit=self.journal.limit
            )
        except OSError as problem:
            log.error("the progress cannot be written: %s", problem)


def _number(number: int) -> int:
    """A message's number as MQTT can say it: 1 to 65,535."""
    return number % 65_535 + 1
