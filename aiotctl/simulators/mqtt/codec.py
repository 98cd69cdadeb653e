"""The packets of MQTT 3.1.1 that publishing devices and a small broker need (OASIS standard, sections 2 and
3).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 1, 2, 3, 4, 8, 9
UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = 10, 11, 12, 13, 14
DUPLICATE = 0x08
LARGEST = 1 << 20
"""No simulated message comes near a mebibyte: a larger one is a broken stream."""


class Packet(NamedTuple):
    """A packet as received: type, the four flag bits, and what follows the fixed header."""

    type: int
    flags: int
    body: bytes


class BrokenStreamError(Exception):
    """The other side does not speak MQTT."""


def packet(first: int, body: bytes) -> bytes:
    """A packet with its fixed header; ``first`` is type and flags."""
    size, length = len(body), b""
    while True:
        size, low = size >> 7, size & 0x7F
        length += bytes((low | 0x80 if size else low,))
        if not size:
            return bytes((first,)) + length + body


def text(value: str) -> bytes:
    """A string with its length."""
    data = value.encode("utf-8")
    return struct.pack(">H", len(data)) + data


def take_text(body: bytes, at: int) -> tuple[str, int]:
    """A string and where it ends."""
    (size,) = struct.unpack_from(">H", body, at)
    end = at + 2 + size
    if end > len(body):
        raise BrokenStreamError("a string longer than its packet")
    return body[at + 2 : end].decode("utf-8"), end


def connect(client: str, user: str, password: str, keep_alive_s: int) -> bytes:
    """A CONNECT with a clean session."""
    flags, login = 0x02, b""
    if user:
        flags |= 0xC0
        login = text(user) + text(password)
    head = text("MQTT") + bytes((4, flags)) + struct.pack(">H", keep_alive_s)
    return packet(CONNECT << 4, head + text(client) + login)


def publish(topic: bytes, payload: bytes, qos: int, number: int) -> bytes:
    """A PUBLISH; ``topic`` is encoded with `text`, ``number`` the packet identifier where qos is 1."""
    identifier = struct.pack(">H", number) if qos else b""
    return packet(PUBLISH << 4 | qos << 1, topic + identifier + payload)


def acknowledge(kind: int, number: int, more: bytes = b"") -> bytes:
    """PUBACK, SUBACK or UNSUBACK."""
    return packet(kind << 4, struct.pack(">H", number) + more)


class Unpacker:
    """Cuts a stream of bytes into packets."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Packet]:
        """The packets that these bytes complete."""
        self._buffer += data
        while (found := self._next()) is not None:
            yield found

    def _next(self) -> Packet | None:
        size = shift = 0
        for at in range(1, 5):
            if at >= len(self._buffer):
                return None
            size |= (self._buffer[at] & 0x7F) << shift
            shift += 7
            if not self._buffer[at] & 0x80:
                return self._cut(at + 1, size)
        raise BrokenStreamError("a length of more than four bytes")

    def _cut(self, start: int, size: int) -> Packet | None:
        if size > LARGEST:
            raise BrokenStreamError(f"a packet of {size} bytes")
        end = start + size
        if len(self._buffer) < end:
            return None
        first, body = self._buffer[0], bytes(self._buffer[start:end])
        del self._buffer[:end]
        return Packet(first >> 4, first & 0x0F, body)
