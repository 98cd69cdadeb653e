"""The kinds of findings about names that lead nowhere and values that contradict each other."""

from __future__ import annotations

from aiotctl.diagnostics import Severity
from aiotctl.findings import Kind

UNKNOWN_REFERENCE = Kind(
    "unknown-reference",
    "A name that leads nowhere",
    "Something is named that is not declared: a device type, a gateway, a site, a point or an address.",
)
BAD_UNIT = Kind(
    "unknown-unit",
    "A unit that UCUM does not have",
    "Units are codes of the Unified Code for Units of Measure, so that every program reads them the same "
    "way.",
)
UNIT_SURPRISE = Kind(
    "surprising-unit",
    "A unit that is hardly meant",
    "The code is sound, but stands for something that is rarely measured on a machine.",
    Severity.WARNING,
)
UNIT_MISMATCH = Kind(
    "unit-mismatch",
    "Units that cannot be converted into each other",
    "The two units measure different things.",
)
BAD_RANGE = Kind(
    "bad-range",
    "A range that holds nothing",
    "A range is the lowest and the highest value in the point's unit.",
)
BAD_DURATION = Kind(
    "bad-duration",
    "A duration that cannot be used",
    "Intervals are whole milliseconds, one at least and a day at most.",
)
WRONG_KEY = Kind(
    "key-of-another-protocol",
    "A key that this device's protocol does not have",
    "The key belongs to another protocol and would have no effect.",
)
BAD_ENDPOINT = Kind(
    "bad-endpoint",
    "An endpoint that cannot be dialled",
    "Each protocol has one way of writing where a device answers.",
)
NO_GATEWAY = Kind(
    "no-gateway",
    "A device that no gateway reads",
    "A device is read by one gateway of its site; where there are several it has to be said which.",
)
ENUM_TYPE = Kind(
    "enum-of-no-integer",
    "Names for the values of what is no integer",
    "An enumeration names raw integers.",
)
ENUM_TWICE = Kind(
    "enum-repeats",
    "A number or a name that is there twice",
    "An enumeration is read both ways, so that each number has one name and each name one number.",
)
NO_VALUE = Kind(
    "bad-no-value",
    "A sentinel that the type cannot hold",
    "`no_value` lists raw values; one that cannot occur would never be recognised.",
)
STEP = Kind(
    "bad-step",
    "A step that cannot be done",
    "Steps are done in their order, each on points that the pipeline has, and a window comes last.",
)
CLASH = Kind(
    "declared-twice",
    "A thing that is declared twice",
    "The same name stands in two places, and one of the two would be lost.",
)
TIMEZONE = Kind(
    "unknown-timezone",
    "A time zone that does not exist",
    "Time zones are names of the IANA database, such as `Europe/Berlin`.",
)
MOVED = Kind(
    "bad-move",
    "A move that leads nowhere",
    "A move tells that a thing has a new address, so that its history goes along: the new address exists, "
    "the "
    "old one does not any more, and each is told once.",
)
REMOVED = Kind(
    "bad-remove",
    "Something that cannot be removed",
    "What an environment does not have is named by its address: a site, a gateway, a device, a pipeline "
    "or a role.",
)
EGRESS = Kind(
    "egress-unfit",
    "An egress network that is none",
    "A site's egress networks are those from which its connections come; the hub's firewall lets in these "
    "and no others.",
)
