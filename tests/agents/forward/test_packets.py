"""MQTT's packets as the forwarder writes and reads them."""

from __future__ import annotations

import pytest

from aiotctl.agents.forward import packets
from aiotctl.agents.forward.packets import Packet, Unpacker


@pytest.mark.parametrize("size", [0, 1, 100, 127, 128, 16_383, 16_384, 3_000_000])
def test_a_message_comes_back_however_it_is_cut(size: int) -> None:
    wire = packets.publish(7, "site/a/b", b"x" * size) * 2 + packets.puback(7)
    step = max(1, len(wire) // 50)
    unpacker, found = Unpacker(), []
    for start in range(0, len(wire), step):
        found += unpacker.feed(wire[start : start + step])
    assert [one.kind for one in found] == [packets.PUBLISH, packets.PUBLISH, packets.PUBACK]
    assert packets.published(found[0]) == (7, b"x" * size)
    assert packets.number_of(found[2].body) == 7


def test_a_message_that_wants_no_acknowledgement_has_no_number() -> None:
    assert packets.published(Packet(packets.PUBLISH, 0, b"\x00\x01tpayload")) == (0, b"payload")


def test_a_length_that_never_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="length"):
        Unpacker().feed(b"\x30\xff\xff\xff\xff\xff")


def test_a_connection_asks_for_a_session_that_stays_or_not() -> None:
    assert packets.connect("c", True, 30) == b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x1e\x00\x01c"
    assert packets.connect("c", False, 30)[9] == 0
