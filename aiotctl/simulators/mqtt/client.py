"""Devices that publish to a broker: each a client of its own, all in one event loop.

Messages go with quality of service 1. What the broker has not acknowledged is held and sent again after a
new connection, oldest first, as a device with a store-and-forward buffer does.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections import deque

from aiotctl.simulators.device import SimulatedDevice
from aiotctl.simulators.endpoint import host_port
from aiotctl.simulators.mqtt import codec
from aiotctl.simulators.plant import PlantServer

log = logging.getLogger("aiotctl.simulators")

KEEP_ALIVE_S = 30
CONNECT_S = 10
WINDOW = 1000
"""Messages on their way at once; brokers commonly allow 1024."""
HELD_MOST = 20_000
"""Messages a device holds while it has no connection; then the oldest are dropped and counted."""
FIRST_RETRY_S, LONGEST_RETRY_S = 0.25, 2.0


class PublishingDevice(asyncio.Protocol):
    """One device's client."""

    def __init__(self, server: PlantServer, device: SimulatedDevice) -> None:
        self.server = server
        self.device = device
        self.sent = 0
        self.dropped = 0
        self._transport: asyncio.Transport | None = None
        self._ready = False
        self._held: deque[tuple[bytes, bytes]] = deque()
        self._flying: dict[int, bytes] = {}
        self._number = 0
        self._unpacker = codec.Unpacker()
        self._closed = asyncio.Event()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._refusal = ""

    @property
    def held(self) -> int:
        """Messages not yet acknowledged."""
        return len(self._held) + len(self._flying)

    async def start(self) -> None:
        """Begin to dial."""
        self._task = asyncio.create_task(self._stay_connected())

    async def refresh(self) -> None:
        """Leave the broker, or come back."""
        if self.device.offline and self._transport is not None:
            self._transport.close()
        self._wake.set()

    async def stop(self) -> None:
        """Say goodbye and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._transport is not None:
            if self._ready:
                self._transport.write(codec.packet(codec.DISCONNECT << 4, b""))
            self._transport.close()

    def publish(self, topic: bytes, payload: bytes) -> None:
        """Send a message, or hold it until it can be sent."""
        if self._ready and not self._held and len(self._flying) < WINDOW:
            self._fly(topic, payload)
            return
        if len(self._held) >= HELD_MOST:
            self._held.popleft()
            self.dropped += 1
        self._held.append((topic, payload))

    def _fly(self, topic: bytes, payload: bytes) -> None:
        assert self._transport is not None
        self._number = self._number % 0xFFFF + 1
        message = codec.publish(topic, payload, 1, self._number)
        self._flying[self._number] = message
        self._transport.write(message)

    async def _stay_connected(self) -> None:
        retry = FIRST_RETRY_S
        while True:
            if not self.device.offline and await self._connect():
                retry = FIRST_RETRY_S
                await self._ping_until_closed()
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), retry)
            except TimeoutError:
                retry = min(2 * retry, LONGEST_RETRY_S)

    async def _connect(self) -> bool:
        self._closed.clear()
        host, port = host_port(self.server.broker)
        loop = asyncio.get_running_loop()
        try:
            await asyncio.wait_for(loop.create_connection(lambda: self, host, port), CONNECT_S)
            await asyncio.wait_for(self._until_ready_or_closed(), CONNECT_S)
        except (OSError, TimeoutError) as error:
            self._say(f"cannot reach the broker at {self.server.broker}: {error or 'no answer'}")
            if self._transport is not None:
                self._transport.close()
        if self._ready:
            self._say("")
        return self._ready

    async def _until_ready_or_closed(self) -> None:
        while not self._ready and not self._closed.is_set():
            self._wake.clear()
            await self._wake.wait()

    async def _ping_until_closed(self) -> None:
        while not self._closed.is_set():
            try:
                await asyncio.wait_for(self._closed.wait(), KEEP_ALIVE_S / 2)
            except TimeoutError:
                if self._transport is not None:
                    self._transport.write(codec.packet(codec.PINGREQ << 4, b""))

    def _say(self, refusal: str) -> None:
        """Log a state once, not at every retry."""
        if refusal != self._refusal:
            self._refusal = refusal
            log.warning("%s: %s", self.device.address, refusal or "connected to the broker")

    # What follows is called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Log in."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._unpacker = codec.Unpacker()
        own = self.device.device
        client = f"device:{own.site}:{own.name}"  # unique by construction; NATS refuses dots in it
        transport.write(codec.connect(client, own.user, own.password, KEEP_ALIVE_S))

    def connection_lost(self, exc: Exception | None) -> None:
        """Hold what comes until there is a connection again."""
        self._ready = False
        self._transport = None
        self._closed.set()
        self._wake.set()

    def data_received(self, data: bytes) -> None:
        """Take acknowledgements."""
        try:
            for packet in self._unpacker.feed(data):
                self._take(packet)
        except (codec.BrokenStreamError, struct.error):
            assert self._transport is not None
            self._transport.close()

    def _take(self, packet: codec.Packet) -> None:
        if packet.type == codec.PUBACK:
            if self._flying.pop(struct.unpack(">H", packet.body)[0], None) is not None:
                self.sent += 1
            self._send_held()
        elif packet.type == codec.CONNACK:
            if packet.body[1]:
                self._say(f"the broker refuses the connection (return code {packet.body[1]})")
                assert self._transport is not None
                self._transport.close()
            else:
                self._ready = True
                self._again()
                self._send_held()
            self._wake.set()

    def _again(self) -> None:
        """Send what flew when the connection broke, marked as perhaps a duplicate."""
        assert self._transport is not None
        for number, message in self._flying.items():
            message = bytes((message[0] | codec.DUPLICATE,)) + message[1:]
            self._flying[number] = message
            self._transport.write(message)

    def _send_held(self) -> None:
        while self._held and len(self._flying) < WINDOW:
            self._fly(*self._held.popleft())
