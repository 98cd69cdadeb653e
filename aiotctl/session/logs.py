"""What the services of an environment say: files on this machine, journals on machines of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aiotctl.engine.applied import load_applied
from aiotctl.errors import AiotctlError, Exit, failure
from aiotctl.model import address
from aiotctl.model.primitives import Host
from aiotctl.probes import tail
from aiotctl.session.environment import Environment
from aiotctl.session.looking import log_file
from aiotctl.session.sudo import sudo_password

if TYPE_CHECKING:
    from aiotctl.backends.remote_logs import Journal

FOLLOWED_AT_MOST = 64
"""Journals that are followed at once: each takes a connection."""

Tell = Callable[[str, str], None]
"""Is told a service's address and a line."""
Lost = Callable[[AiotctlError], None]
"""Is told what keeps a service's words from being read; the others go on."""


@dataclass(frozen=True, slots=True)
class Logs:
    """Where services keep what they say, by their addresses."""

    files: Mapping[str, Path] = field(default_factory=dict[str, Path])
    journals: Mapping[str, Journal] = field(default_factory=dict[str, "Journal"])

    def __len__(self) -> int:
        return len(self.files) + len(self.journals)

    def last(self, lines: int, tell: Tell, lost: Lost) -> None:
        """The last lines of each service."""
        for service, path in self.files.items():
            for line in tail.last_lines(path, lines):
                tell(service, line)
        if not self.journals:
            return
        from aiotctl.backends import remote_logs

        found = remote_logs.last(tuple(self.journals.values()), lines)
        for service, text in zip(self.journals, found, strict=True):
            if isinstance(text, AiotctlError):
                lost(text)
                continue
            for line in text.splitlines():
                tell(service, line)

    def follow(self, lines: int, tell: Tell, lost: Lost) -> None:
        """The last lines of each service and those that come, until Ctrl-C. Journals end with their
        connections.
        """
        if self.journals:
            self._follow_journals(lines, tell, lost)
            return
        coming = tail.follow(self.files, lambda: False)  # also what comes while the last lines are told
        self.last(lines, tell, lost)
        for service, line in coming:
            tell(service, line)

    def _follow_journals(self, lines: int, tell: Tell, lost: Lost) -> None:
        if len(self.journals) > FOLLOWED_AT_MOST:
            raise failure(
                "too-many-logs",
                "So many services cannot be followed at once",
                f"These are {len(self.journals):,}, and {FOLLOWED_AT_MOST} can be followed.",
                "Name a site, a host or a service: aiotctl logs SITE --follow",
                Exit.USAGE,
            )
        from aiotctl.backends import remote_logs

        services = tuple(self.journals)
        ends = remote_logs.follow(
            tuple(self.journals.values()), lines, lambda number, line: tell(services[number], line)
        )
        for end in ends:
            if end is not None:
                lost(end)


def find_logs(environment: Environment, wanted: str = "") -> Logs:
    """The logs of the services that were applied. ``wanted`` limits them: an address, the beginning of
    addresses (with or without ``host/``), or a service's plain name. Raises AiotctlError (USAGE) where there
    is none.
    """
    record = environment.record()
    units = record.units.items() if record else ()
    rendered = {where: load_applied(environment.store, unit).rendered for where, unit in units}
    hosts = {
        where: environment.placed(record, host)
        for where, host in sorted(rendered.items())
        if record and isinstance(host, Host)
    }
    services = {
        address.service(where, service.name): (host, service.name)
        for where, host in hosts.items()
        for service in host.services
    }
    beginnings = (wanted, f"host/{wanted}")
    chosen = [one for one in services if one.startswith(beginnings) or one.endswith(f"/service/{wanted}")]
    if not chosen or record is None:
        raise failure(
            "no-service",
            "There is no such service",
            f"Nothing that was applied is called {wanted!r}." if wanted else "Nothing has been applied.",
            f"Services are: {', '.join(services)}" if services else "Apply first: aiotctl apply",
            Exit.USAGE if wanted else Exit.ERROR,
        )
    files = {one: log_file(environment, record, one) for one in chosen if services[one][0].place is None}
    journals = {one: _journal(environment, *services[one]) for one in chosen if one not in files}
    return Logs(files, journals)


def _journal(environment: Environment, host: Host, service: str) -> Journal:
    from aiotctl.backends.remote_logs import Journal

    assert host.place is not None
    return Journal(host.place, service, sudo_password(host.place, environment.vault))
