"""Certificates that end soon, and the list of revoked ones, as status and verify warn of them.

Message of the stream: ``certificate_ending`` (name, ends (seconds since the epoch)).
"""

from __future__ import annotations

from collections.abc import Sequence

from aiotctl.model.access import CertificateState
from aiotctl.model.names import REVOCATIONS
from aiotctl.views.output import Screen, Stream
from aiotctl.views.text import Style, age

SHOWN = 10


def write_endings(endings: Sequence[CertificateState], stream: Stream) -> None:
    """One message each."""
    for one in endings:
        stream.write("certificate_ending", name=one.name, ends=one.ends)


def human_endings(endings: Sequence[CertificateState], screen: Screen, now: float) -> None:
    """A line each, and what is to be done about it."""
    if not endings:
        return
    for one in sorted(endings, key=lambda one: one.ends)[:SHOWN]:
        left = one.ends - now
        when = f"ends in {age(left)}" if left > 0 else f"ended {age(-left)} ago"
        what = "The list of revoked certificates" if one.name == REVOCATIONS else f"Certificate {one.name}"
        screen.line(f"{what} ", (Style.WARNING, when))
    if len(endings) > SHOWN:
        screen.line(f"and {len(endings) - SHOWN:,} more")
    screen.line("An apply renews those of hosts and services, and the list; people are issued theirs anew.")
