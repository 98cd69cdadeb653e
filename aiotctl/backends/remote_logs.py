"""What services on machines of their own say: their journals, the end of them or as it comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aiotctl.backends import ssh
from aiotctl.backends.ssh_findings import refusal
from aiotctl.backends.ssh_talk import Answer, Command
from aiotctl.backends.ssh_troubles import Failed
from aiotctl.errors import AiotctlError, failure
from aiotctl.model.blueprint import HostPlace

_WITHIN_S = 30.0
_UNTIL_INPUT_ENDS = (
    'exec 3<&0; (cat <&3; kill $$) >/dev/null 2>&1 & exec journalctl --follow "$@" </dev/null 3<&-'
)
"""A journal is followed for as long as somebody listens: the connection's end is the end of its input."""


@dataclass(frozen=True, slots=True)
class Journal:
    """What a service's unit says on a machine. `service` may be a pattern (``telegraf*``); `password` is
    sudo's.
    """

    place: HostPlace
    service: str
    password: str = field(default="", repr=False)

    @property
    def unit(self) -> str:
        """The unit of systemd."""
        return f"aiotctl-{self.service}.service"

    def words(self, lines: int) -> tuple[str, ...]:
        """What journalctl is asked: what the service wrote, and what systemd says of it, oldest first."""
        return ("--quiet", "--no-pager", "--output=cat", f"--lines={lines}", f"--unit={self.unit}")


def last_lines(place: HostPlace, service: str, lines: int, password: str = "") -> str:
    """The last lines of one service's journal. Raises AiotctlError where the machine cannot be asked."""
    found = last([Journal(place, service, password)], lines)[0]
    if isinstance(found, AiotctlError):
        raise found
    return found


def last(journals: Sequence[Journal], lines: int) -> list[str | AiotctlError]:
    """The last lines of each journal, machines in parallel, or what kept it from being read."""
    commands = [
        Command(one.place, ("journalctl", *one.words(lines)), as_root=True, password=one.password)
        for one in journals
    ]
    answers = ssh.run(commands, _WITHIN_S)
    return [_text(one, answer) for one, answer in zip(journals, answers, strict=True)]


def follow(
    journals: Sequence[Journal], lines: int, tell: Callable[[int, str], None]
) -> list[AiotctlError | None]:
    """Tells (number of the journal, line): its last lines, then what comes, without end. Returns when no
    journal can be read any longer, with what ended each.
    """
    unfinished = [b""] * len(journals)

    def heard(number: int, content: bytes) -> None:
        *whole, unfinished[number] = (unfinished[number] + content).split(b"\n")
        for line in whole:
            tell(number, line.decode(errors="replace"))

    commands = [
        Command(
            one.place,
            ("sh", "-c", _UNTIL_INPUT_ENDS, "sh", *one.words(lines)),
            as_root=True,
            password=one.password,
        )
        for one in journals
    ]
    answers = ssh.follow(commands, heard)
    ends = [_text(one, answer) for one, answer in zip(journals, answers, strict=True)]
    return [end if isinstance(end, AiotctlError) else None for end in ends]


def _text(journal: Journal, answer: Answer) -> str | AiotctlError:
    if isinstance(answer, Failed):
        return refusal(journal.place, answer)
    if answer.code:
        said = answer.err.strip().splitlines()
        return failure(
            "no-journal",
            "A host's journal cannot be read",
            f"host/{journal.place.name}: {said[-1] if said else 'journalctl ended with an error'}",
            f"Look on the machine: journalctl -u {journal.unit}",
        )
    return answer.out.decode(errors="replace")
