"""The logs of collectors, for verify: files on this machine, the journal on a machine of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from aiotctl.model.blueprint import HostPlace
from aiotctl.probes.flow.logs import tail

LINES = 2000


def log_readers(
    services: Iterable[str],
    file: Callable[[str], Path],
    place: Callable[[str], HostPlace | None],
    password: Callable[[HostPlace], str],
) -> dict[str, Callable[[], str]]:
    """For each collector, by its service address, what gives the end of its log. ``file`` tells where a log
    lies on this machine, ``place`` the machine of a host that is not this one, ``password`` what sudo asks
    for there.
    """

    def read(service: str) -> str:
        host, _, name = service.partition("/service/")
        machine = place(host)
        return _journal(machine, name, password(machine)) if machine else _files(file(service))

    return {service: partial(read, service) for service in services}


def _files(path: Path) -> str:
    """The log, and those of agents beside the main one."""
    return "\n".join(tail(part) for part in (path, *sorted(path.parent.glob(f"{path.stem}-*{path.suffix}"))))


def _journal(place: HostPlace, service: str, password: str) -> str:
    from aiotctl.backends.remote_logs import last_lines

    return last_lines(place, f"{service}*", LINES, password)
