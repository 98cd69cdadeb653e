"""All attempts, and the page that lists them."""

from __future__ import annotations

from pathlib import Path

from tests.hosts.attempts import (
    certificates,
    connections,
    in_between,
    machines,
    statements,
    tampering,
    topics,
)
from tests.hosts.attempts.attempt import Attempt

SUBJECTS = (
    ("At the doors of brokers", certificates.ATTEMPTS),
    ("Beyond one's rights at the brokers", topics.ATTEMPTS),
    ("In the database", statements.ATTEMPTS),
    ("Past the firewall", connections.ATTEMPTS),
    ("In between", in_between.ATTEMPTS),
    ("On the way to the machines", machines.ATTEMPTS),
    ("Behind aiotctl's back", tampering.ATTEMPTS),
    ("In the lake", connections.IN_THE_LAKE),
)
ATTEMPTS: tuple[Attempt, ...] = tuple(attempt for _, attempts in SUBJECTS for attempt in attempts)

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "attempts.md"

ABOUT = """\
Each line is tried by the test suite against a live pilot: a hub and two gateways on Debian 12 hosts, two
sites, devices that send values, four people with roles. An attempt counts as refused only where the refusal
reads as expected, and where its counterpart, in the last column, succeeds.
"""


def page() -> str:
    """The page, as Markdown."""
    parts = ["# Attempts that must fail", f"{ABOUT}\nThere are {len(ATTEMPTS)} of them."]
    number = 0
    for title, attempts in SUBJECTS:
        rows = ["| | who | tries | is refused by | while this succeeds |", "|---|---|---|---|---|"]
        for attempt in attempts:
            number += 1
            right = attempt.right.words if attempt.right else ""
            cells = (str(number), attempt.who, attempt.wrong.words, attempt.guard, right)
            rows.append(f"| {' | '.join(cells)} |")
        parts += [f"## {title}", "\n".join(rows)]
    return "\n\n".join(parts) + "\n"
