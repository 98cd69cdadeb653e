"""The kinds of findings about Modbus points."""

from __future__ import annotations

from aiotctl.findings import Kind

BAD_REGISTER = Kind(
    "register-impossible",
    "A register that cannot exist",
    "A Modbus table has 65,536 entries, addressed from 0 to 65535 on the wire and numbered from 1 in "
    "manuals.",
)
BIT_TYPE = Kind(
    "register-type",
    "A type that the table cannot hold",
    "Coils and discrete inputs are single bits; holding and input registers have 16 of them.",
)
LENGTH = Kind(
    "string-length",
    "A string and its length go together",
    "The number of registers that a string takes follows from its length alone, and only strings have one.",
)
ORDER = Kind(
    "word-order",
    "A word order where there is one word",
    "Word order says which register comes first; it means nothing for values that take a single register.",
)
SCALED = Kind(
    "scale-of-text",
    "A scale that makes no sense",
    "Bits and strings cannot be multiplied, and a factor of zero leaves nothing of the value.",
)
