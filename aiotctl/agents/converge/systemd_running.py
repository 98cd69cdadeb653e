"""Stops, starts, restarts and reloads units in the right order."""

from __future__ import annotations

from .drop_ins import remove_drop_ins
from .facts import Observation
from .health import wait_healthy
from .manifest import Manifest, Service, start_waves
from .report import DELETE, OK, RELOAD, RESTART, Change, ServiceFailure
from .runtimes import Tell
from .state import Applied
from .systemctl import show, systemctl, told
from .units import unit_name

_PATIENCE = 60  # seconds beyond what units may take to stop


class UnitsRunning:
    """The units of one root while they are changed."""

    def __init__(self, manifest: Manifest, seen: Observation, tell: Tell) -> None:
        self._manifest = manifest
        self._seen = seen
        self._tell = tell
        self._gone: list[str] = []

    def stop_leftovers(self) -> None:
        """systemd ends all of a unit's processes with it."""

    def stop_gone(self, journal: Applied, changes: list[Change]) -> None:
        """Stops and disables the units that are no longer wanted, the last started first."""
        gone = {c.name for c in changes if c.kind == "service" and c.action == DELETE}
        self._gone = [name for name in reversed(journal.services) if name in gone]
        for name in self._gone:
            self._tell(f"stopping {name}")
            systemctl("stop", "--", unit_name(name), seconds=journal.services[name].stop_seconds + _PATIENCE)
        if self._gone:
            systemctl("disable", "--quiet", "--", *map(unit_name, self._gone))

    def bring_up(self, changes: list[Change]) -> list[ServiceFailure]:
        """Makes systemd read what is new, then starts, restarts and reloads wave by wave."""
        todo = {c.name: c.action for c in changes if c.kind == "service" and c.action not in (OK, DELETE)}
        self._make_known()
        ordered = [s for wave in start_waves(self._manifest.services) for s in wave]
        stopped = [s for s in reversed(ordered) if todo.get(s.name) == RESTART]
        if stopped:
            self._tell("stopping " + ", ".join(s.name for s in stopped))
            told("stop", units=[unit_name(s.name) for s in stopped], seconds=_stopping(stopped))
        failures: list[ServiceFailure] = []
        for wave in start_waves(self._manifest.services):
            failures += self._start([s for s in wave if s.name in todo], todo, failures)
        return failures

    def forget_gone(self) -> None:
        """Lets systemd forget units whose files are gone."""
        if self._gone or not self._manifest.services:
            told("daemon-reload")
        for name in self._gone:
            systemctl("reset-failed", "--", unit_name(name))

    def _make_known(self) -> None:
        units = [unit_name(s.name) for s in self._manifest.services]
        if not units:
            return
        facts = show(units)
        remove_drop_ins(path for fact in facts.values() for path in fact.drop_ins)
        told("daemon-reload")
        if asleep := [unit for unit, fact in facts.items() if fact.enabled != "enabled"]:
            told("enable", "--quiet", units=asleep)

    def _start(
        self, services: list[Service], todo: dict[str, str], failures: list[ServiceFailure]
    ) -> list[ServiceFailure]:
        failed = {f.service for f in failures}
        barred = {s.name: sorted(failed & set(s.start_after)) for s in services}
        ready = [s for s in services if not barred[s.name]]
        if ready:
            up = {s.name for s in ready if self._seen.services[s.name].main is not None}
            reloaded = [s for s in ready if todo[s.name] == RELOAD and s.name in up]
            self._act("reload", reloaded)
            self._act("start", [s for s in ready if s not in reloaded])
            self._tell("waiting for " + ", ".join(s.name for s in ready))
        missing = [
            ServiceFailure(name, f"not started: it needs {', '.join(needs)}", "")
            for name, needs in barred.items()
            if needs
        ]
        return [*missing, *wait_healthy(self._manifest, ready)]

    def _act(self, verb: str, services: list[Service]) -> None:
        """Starts or reloads; a unit that cannot is seen when its health is asked."""
        if services:
            self._tell(f"{verb}ing " + ", ".join(s.name for s in services))
            systemctl(
                verb, "--", *(unit_name(s.name) for s in services), seconds=_PATIENCE + _stopping(services)
            )


def _stopping(services: list[Service]) -> float:
    return _PATIENCE + sum(s.stop_seconds for s in services)
