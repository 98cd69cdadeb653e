"""RTU framing: checksum, and where a request ends on a stream of bytes."""

from __future__ import annotations

import asyncio

SILENCE_S = 0.05
"""A pause within a frame after which what came so far is dropped: far above 3.5 characters, since pseudo
terminals and TCP keep no pauses of their own.
"""

SHORTEST = 4
"""Unit, function and checksum."""


def crc16(data: bytes) -> bytes:
    """The checksum of MODBUS over Serial Line V1.02, section 6.2.2, in the order it is sent."""
    crc = 0xFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc.to_bytes(2, "little")


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_TABLE = tuple(_entry(byte) for byte in range(256))


def request_length(start: bytes) -> int | None:
    """Length of the request that begins so, checksum included; None while too little is known of it."""
    if len(start) < 2:
        return None
    if start[1] <= 6:
        return 8
    if start[1] in (15, 16):
        return 9 + start[6] if len(start) > 6 else None
    return SHORTEST


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """The next request with a right checksum; what is broken is dropped, as a device on a line does.

    Raises `asyncio.IncompleteReadError` at the end of the stream.
    """
    frame = b""
    while True:
        try:
            piece = await asyncio.wait_for(reader.read(256), SILENCE_S if frame else None)
        except TimeoutError:
            frame = b""
            continue
        if not piece:
            raise asyncio.IncompleteReadError(frame, None)
        frame += piece
        length = request_length(frame)
        if length is not None and len(frame) >= length:
            if crc16(frame[: length - 2]) == frame[length - 2 : length]:
                return frame[:length]
            frame = b""
