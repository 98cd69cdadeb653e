"""What services on machines of their own said last: the end of their journal."""

from __future__ import annotations

from aiotctl.backends.ssh import run
from aiotctl.backends.ssh_findings import refusal
from aiotctl.backends.ssh_talk import Command
from aiotctl.backends.ssh_troubles import Failed
from aiotctl.errors import failure
from aiotctl.model.blueprint import HostPlace

_WITHIN_S = 30.0


def last_lines(place: HostPlace, service: str, lines: int, password: str = "") -> str:
    """The last lines of a service's journal, oldest first: what it wrote, and what systemd says of it.

    `service` may be a pattern (``telegraf*``); `password` is sudo's. Raises AiotctlError where the machine
    cannot be asked.
    """
    unit = f"aiotctl-{service}.service"
    words = ("journalctl", "--quiet", "--no-pager", "--output=cat", f"--lines={lines}", f"--unit={unit}")
    answer = run([Command(place, words, as_root=True, password=password)], _WITHIN_S)[0]
    if isinstance(answer, Failed):
        raise refusal(place, answer)
    if answer.code:
        said = answer.err.strip().splitlines()
        raise failure(
            "no-journal",
            "A host's journal cannot be read",
            f"host/{place.name}: {said[-1] if said else 'journalctl ended with an error'}",
            f"Look on the machine: journalctl -u {unit}",
        )
    return answer.out.decode(errors="replace")
