"""The packets of MQTT 3.1.1 that a client needs (OASIS standard, sections 2 and 3)."""

from __future__ import annotations

import struct
from typing import NamedTuple

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP = 2, 3, 4, 9, 13
PING = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"


class Packet(NamedTuple):
    """A packet that came: its kind, its flags and what follows its length."""

    kind: int
    flags: int
    body: bytes


class Unpacker:
    """Takes bytes as they come and gives whole packets."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that are whole now. Raises ValueError for what is none."""
        self._held += data
        found: list[Packet] = []
        while (packet := self._next()) is not None:
            found.append(packet)
        return found

    def _next(self) -> Packet | None:
        length = shift = 0
        for place in range(1, min(len(self._held), 5)):
            byte = self._held[place]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                end = place + 1 + length
                if len(self._held) < end:
                    return None
                packet = Packet(self._held[0] >> 4, self._held[0] & 15, bytes(self._held[place + 1 : end]))
                del self._held[:end]
                return packet
        if len(self._held) >= 5:
            raise ValueError("a length of more than four bytes")
        return None


def connect(client: str, clean: bool, keep_alive_s: int) -> bytes:
    """CONNECT without user and password: the certificate says who it is."""
    head = b"\x00\x04MQTT\x04" + bytes([2 if clean else 0]) + struct.pack(">H", keep_alive_s)
    return _packet(0x10, head + _text(client))


def subscribe(number: int, topic: str) -> bytes:
    """SUBSCRIBE to one filter with quality of service 1."""
    return _packet(0x82, struct.pack(">H", number) + _text(topic) + b"\x01")


def publish(number: int, topic: str, payload: bytes) -> bytes:
    """PUBLISH with quality of service 1."""
    return _packet(0x32, _text(topic) + struct.pack(">H", number) + payload)


def told(topic: str, payload: bytes) -> bytes:
    """PUBLISH with quality of service 0: nobody acknowledges it."""
    return _packet(0x30, _text(topic) + payload)


def puback(number: int) -> bytes:
    """PUBACK."""
    return b"\x40\x02" + struct.pack(">H", number)


def number_of(body: bytes) -> int:
    """The packet's number at the beginning of a body."""
    return int(struct.unpack_from(">H", body)[0])


def published(packet: Packet) -> tuple[int, bytes]:
    """Number (0: none to acknowledge) and payload of a PUBLISH."""
    place = 2 + number_of(packet.body)
    if packet.flags & 0b0110 == 0:
        return 0, packet.body[place:]
    return number_of(packet.body[place:]), packet.body[place + 2 :]


def _packet(first: int, body: bytes) -> bytes:
    length, encoded = len(body), bytearray([first])
    while True:
        length, byte = divmod(length, 128)
        encoded.append(byte | (0x80 if length else 0))
        if not length:
            return bytes(encoded) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded
