"""Stops, starts, restarts and reloads the services of one host in the right order."""

from __future__ import annotations

from collections.abc import Callable

from .belonging import RootProcesses, executables, processes_of, supervised
from .facts import Observation
from .health import wait_healthy
from .manifest import Manifest, Service, start_waves
from .process_files import CONFIGURATION
from .procfs import Process, scan
from .report import DELETE, OK, RELOAD, RESTART, START, Change, ServiceFailure
from .state import Applied
from .stopping import stop_processes
from .supervision import Supervision


class ProcessRunning:
    """The services under one supervisord while they are changed."""

    def __init__(self, manifest: Manifest, seen: Observation, tell: Callable[[str], None]) -> None:
        self._manifest = manifest
        self._seen = seen
        self._tell = tell
        self._supervision = Supervision(manifest.root, seen.socket, manifest.python)
        # A supervisord that cannot be reached cannot be asked to stop anything either.
        self._alive = seen.reachable and self._supervision.answers()

    def stop_leftovers(self) -> None:
        """Ends what an earlier supervisord or service left running, so that nothing runs twice."""
        now = self._processes()
        if self._alive:
            if now.strays:
                self._tell("stopping left over processes")
                stop_processes(now.strays)
            return
        if now.all:
            self._tell("stopping left over processes")
        # supervisord first: otherwise it would start again what is ended next.
        stop_processes([now.supervisor] if now.supervisor else [], "KILL")
        self._stop_in_order(self._processes())

    def _stop_in_order(self, now: RootProcesses) -> None:
        applied = self._seen.applied.services if self._seen.applied else {}
        for name in reversed(applied):
            if now.members.get(name):
                self._tell(f"stopping {name}")
                heads = [p for p in now.members[name] if not _is_child(p, now.members[name])]
                stop_processes(heads, applied[name].stop_signal, applied[name].stop_seconds)
        stop_processes(self._processes().all)

    def stop_gone(self, journal: Applied, changes: list[Change]) -> None:
        """Stops the services that are no longer wanted, the last started first."""
        gone = {c.name for c in changes if c.kind == "service" and c.action == DELETE}
        names = [name for name in reversed(journal.services) if name in gone]
        for name in names if self._alive else ():
            self._tell(f"stopping {name}")
            self._stop(name, journal.services[name].stop_seconds)

    def bring_up(self, changes: list[Change]) -> list[ServiceFailure]:
        """Starts, restarts and reloads what needs it, wave by wave, and waits for health."""
        todo = {c.name: c.action for c in changes if c.kind == "service" and c.action not in (OK, DELETE)}
        gone = any(c.kind == "service" and c.action == DELETE for c in changes)
        if not self._alive:
            if not self._manifest.services:
                return []
            self._tell("starting supervisord")
            self._supervision.start()
            self._alive = True
        for service in reversed([s for wave in start_waves(self._manifest.services) for s in wave]):
            if todo.get(service.name) == RESTART:
                self._tell(f"stopping {service.name}")
                self._stop(service.name, service.stop_seconds)
        configured = any(c.name == CONFIGURATION and c.action != OK for c in changes)
        if configured or gone or self._supervision.knows() != {s.name for s in self._manifest.services}:
            todo = {**dict.fromkeys(self._supervision.reload(), START), **todo}
        return self._start_waves(todo)

    def forget_gone(self) -> None:
        """supervisord forgot them when it read its configuration anew."""

    def _start_waves(self, todo: dict[str, str]) -> list[ServiceFailure]:
        failures: list[ServiceFailure] = []
        running = supervised(self._manifest.root)
        for wave in start_waves(self._manifest.services):
            failed = {f.service for f in failures}
            waiting: list[Service] = []
            for service in wave:
                missing = sorted(failed & set(service.start_after))
                if service.name not in todo:
                    continue
                if missing:
                    reason = f"not started: it needs {', '.join(missing)}"
                    failures.append(ServiceFailure(service.name, reason, ""))
                    continue
                self._act(service, todo[service.name], service.name in running)
                waiting.append(service)
            if waiting:
                self._tell("waiting for " + ", ".join(s.name for s in waiting))
            failures += wait_healthy(self._manifest, waiting)
        return failures

    def _act(self, service: Service, action: str, runs: bool) -> None:
        if action == RELOAD and runs:
            self._tell(f"reloading {service.name}")
            self._supervision.signal(service.name, service.reload_signal)
            return
        self._tell(f"starting {service.name}")
        if not runs:  # it may be waiting between two starts
            self._supervision.stop(service.name, service.stop_seconds)
        self._supervision.start_service(service.name)

    def _stop(self, name: str, seconds: float) -> None:
        """Stops a service and whatever it leaves behind."""
        members = self._processes().members.get(name, ())
        self._supervision.stop(name, seconds)
        late = {p.pid: p for p in (*members, *self._processes().members.get(name, ()))}
        stop_processes(late.values(), "TERM", 2)

    def _processes(self) -> RootProcesses:
        return processes_of(self._manifest.root, scan(), executables(self._manifest.root))


def _is_child(process: Process, group: tuple[Process, ...]) -> bool:
    return process.parent in {p.pid for p in group}
