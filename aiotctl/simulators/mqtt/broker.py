"""A small broker for devices that bring their own: it gives out what its devices say and takes nothing in.

Subscriptions with wildcards, qualities of service 0 and 1, persistent sessions, user and password. What
clients publish is acknowledged and dropped.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Sequence

from aiotctl.simulators.device import SimulatedDevice
from aiotctl.simulators.endpoint import host_port
from aiotctl.simulators.mqtt import codec
from aiotctl.simulators.plant import PlantServer

WINDOW = 1000
HELD_MOST = 20_000
"""Messages kept for a session whose client is away."""
NOT_AUTHORISED = 5


def matches(pattern: Sequence[str], topic: Sequence[str]) -> bool:
    """Whether a topic filter, cut at its slashes, takes a topic."""
    for n, word in enumerate(pattern):
        if word == "#":
            return True
        if n >= len(topic) or word not in ("+", topic[n]):
            return False
    return len(pattern) == len(topic)


class Session:
    """What the broker knows of a client, over its connections."""

    def __init__(self) -> None:
        self.filters: dict[str, int] = {}
        self.transport: asyncio.Transport | None = None
        self._held: deque[tuple[bytes, bytes]] = deque(maxlen=HELD_MOST)
        self._flying: dict[int, bytes] = {}
        self._number = 0

    def take(self, topic: str, encoded: bytes, payload: bytes) -> None:
        """Send a message if a filter wants it."""
        words = topic.split("/")
        qos = max((q for f, q in self.filters.items() if matches(f.split("/"), words)), default=-1)
        if qos == 0 and self.transport is not None:
            self.transport.write(codec.publish(encoded, payload, 0, 0))
        elif qos == 1:
            self._held.append((encoded, payload))
            self.send_held()

    def send_held(self) -> None:
        """Send what waits, as far as the window allows."""
        while self.transport is not None and self._held and len(self._flying) < WINDOW:
            self._number = self._number % 0xFFFF + 1
            message = codec.publish(*self._held.popleft(), 1, self._number)
            self._flying[self._number] = message
            self.transport.write(message)

    def acknowledged(self, number: int) -> None:
        """The client has this message."""
        self._flying.pop(number, None)
        self.send_held()

    def resume(self, transport: asyncio.Transport) -> None:
        """Go on over a new connection."""
        self.transport = transport
        for message in self._flying.values():
            transport.write(bytes((message[0] | codec.DUPLICATE,)) + message[1:])
        self.send_held()


class Broker:
    """The broker of the devices behind one endpoint."""

    def __init__(self, server: PlantServer, devices: Sequence[SimulatedDevice]) -> None:
        self.server = server
        self.sessions: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.sent = 0
        self._devices = devices
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, unless all its devices are offline."""
        await self.refresh()

    async def refresh(self) -> None:
        """Close or open the endpoint as the devices' faults have it."""
        if all(device.offline for device in self._devices):
            await self.stop()
        elif self._listener is None:
            host, port = host_port(self.server.listen)
            self._listener = await asyncio.get_running_loop().create_server(
                lambda: Connection(self), host, port
            )

    async def stop(self) -> None:
        """Close the endpoint and every connection to it."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for connection in list(self.connections):
            connection.close()

    def publish(self, topic: bytes, payload: bytes) -> None:
        """Give out a message of a device."""
        name, _ = codec.take_text(topic, 0)
        self.sent += 1
        for session in self.sessions.values():
            session.take(name, topic, payload)

    def admits(self, user: str, password: str) -> bool:
        """Whether this login may connect: any, where the broker has no user or the devices bring theirs."""
        if self.server.user:
            return (user, password) == (self.server.user, self.server.password)
        return True

    @property
    def full(self) -> bool:
        """Whether no further connection is taken, because of a fault."""
        only_one = any("one_connection" in device.faults for device in self._devices)
        return only_one and any(connection.session is not None for connection in self.connections)


class Connection(asyncio.Protocol):
    """One client's connection to the broker."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._unpacker = codec.Unpacker()
        self._transport: asyncio.Transport | None = None
        self._client = ""
        self._clean = True
        self.session: Session | None = None

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client dialled."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._broker.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went; its session stays unless it was a clean one."""
        self._broker.connections.discard(self)
        if self.session is not None and self.session.transport is self._transport:
            self.session.transport = None
            if self._clean:
                self._broker.sessions.pop(self._client, None)

    def data_received(self, data: bytes) -> None:
        """Answer every packet."""
        try:
            for packet in self._unpacker.feed(data):
                self._take(packet)
        except (codec.BrokenStreamError, struct.error, IndexError, UnicodeDecodeError):
            self.close()

    def _take(self, packet: codec.Packet) -> None:
        if packet.type == codec.CONNECT:
            self._connect(packet.body)
        elif self.session is None or packet.type == codec.DISCONNECT:
            self.close()
        elif packet.type == codec.SUBSCRIBE:
            self._subscribe(self.session, packet.body)
        elif packet.type == codec.UNSUBSCRIBE:
            self._unsubscribe(self.session, packet.body)
        elif packet.type == codec.PUBACK:
            self.session.acknowledged(struct.unpack(">H", packet.body)[0])
        elif packet.type == codec.PINGREQ:
            self._send(codec.packet(codec.PINGRESP << 4, b""))
        elif packet.type == codec.PUBLISH and packet.flags & 0x06 == 0x02:
            _, at = codec.take_text(packet.body, 0)
            self._send(codec.acknowledge(codec.PUBACK, struct.unpack_from(">H", packet.body, at)[0]))

    def _send(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)

    def _connect(self, body: bytes) -> None:
        _, at = codec.take_text(body, 0)
        flags = body[at + 1]
        self._client, at = codec.take_text(body, at + 4)
        for _ in range(2 if flags & 0x04 else 0):  # a will: topic and message
            at += 2 + struct.unpack_from(">H", body, at)[0]
        user, at = codec.take_text(body, at) if flags & 0x80 else ("", at)
        password, at = codec.take_text(body, at) if flags & 0x40 else ("", at)
        if not self._broker.admits(user, password) or self._broker.full:
            self._send(codec.packet(codec.CONNACK << 4, bytes((0, NOT_AUTHORISED))))
            self.close()
            return
        self._open(clean=bool(flags & 0x02))

    def _open(self, clean: bool) -> None:
        assert self._transport is not None
        sessions = self._broker.sessions
        former = sessions.get(self._client)
        if former is not None and former.transport is not None:
            former.transport.close()
        present = former is not None and not clean
        self._clean = clean
        self._client = self._client or f"anonymous-{id(self)}"
        self.session = former if former is not None and not clean else Session()
        sessions[self._client] = self.session
        self._send(codec.packet(codec.CONNACK << 4, bytes((present, 0))))
        self.session.resume(self._transport)

    def _subscribe(self, session: Session, body: bytes) -> None:
        (number,), at, granted = struct.unpack_from(">H", body), 2, bytearray()
        while at < len(body):
            pattern, at = codec.take_text(body, at)
            granted.append(min(body[at], 1))
            session.filters[pattern] = granted[-1]
            at += 1
        self._send(codec.acknowledge(codec.SUBACK, number, bytes(granted)))

    def _unsubscribe(self, session: Session, body: bytes) -> None:
        (number,), at = struct.unpack_from(">H", body), 2
        while at < len(body):
            pattern, at = codec.take_text(body, at)
            session.filters.pop(pattern, None)
        self._send(codec.acknowledge(codec.UNSUBACK, number))
