"""Services as processes under one supervisord of the root, without root or systemd."""

from __future__ import annotations

from pathlib import Path

from .belonging import RootProcesses, executables, processes_of, supervised
from .errors import ManifestError
from .facts import Observation, RuntimeFacts, ServiceFact, World, listening
from .logs import last_lines
from .manifest import ManagedFile, Manifest, Service
from .process_files import launch_value, runtime_files, socket_for
from .procfs import scan, seconds_since_boot, socket_inodes
from .runtimes import Running, Tell
from .state import Applied
from .stopping import stop_processes


def check(manifest: Manifest) -> None:
    """Refuses what needs systemd."""
    if manifest.firewall or manifest.confirm:
        raise ManifestError("manifest: firewall and confirm need the runtime systemd")


def files(manifest: Manifest, socket: str) -> tuple[ManagedFile, ...]:
    """supervisord's configuration, the launcher, one file a service."""
    return runtime_files(manifest, socket)


def definition(manifest: Manifest, service: Service) -> object:
    """What the launcher reads."""
    return launch_value(manifest, service)


def look(manifest: Manifest, applied: Applied | None, world: World) -> RuntimeFacts:
    """The processes of this root, sorted out from all that run."""
    root = manifest.root
    processes = processes_of(root, world.processes, executables(root))
    held = socket_inodes(p.pid for p in processes.all)
    socket = applied.socket if applied and applied.socket else socket_for(root)
    return RuntimeFacts(
        processes,
        {s.name: _service_fact(s, processes, world, held) for s in manifest.services},
        reachable=processes.supervisor is not None and (root / socket).is_socket(),
    )


def own_pids(manifest: Manifest) -> set[int]:
    """The processes that carry this root's mark, and their children."""
    return {p.pid for p in processes_of(manifest.root, scan(), executables(manifest.root)).all}


def up(manifest: Manifest) -> dict[str, float]:
    """The services whose supervised process runs, and since how many seconds."""
    now = seconds_since_boot()
    return {name: now - process.started for name, process in supervised(manifest.root).items()}


def settled_after() -> float:
    """None: supervisord starts again what ends, later each time, and a look tells."""
    return 0.0


def log_tail(root: Path, service: str) -> str:
    """The end of the service's log, of supervisord's where it has none."""
    return last_lines(root / f"logs/{service}.log") or last_lines(root / "logs/supervisord.log")


def running(manifest: Manifest, seen: Observation, tell: Tell) -> Running:
    """The services under supervisord, to be changed."""
    from .process_running import ProcessRunning  # only changes need it: a probe is to be quick

    return ProcessRunning(manifest, seen, tell)


def stop_everything(root: Path, applied: Applied, tell: Tell) -> None:
    """supervisord first, so that nothing is started again, then the services, the last started first."""
    programs = executables(root)
    now = processes_of(root, scan(), programs)
    if now.supervisor:
        stop_processes([now.supervisor], "KILL")
    for name in reversed(applied.services):
        members = processes_of(root, scan(), programs).members.get(name, ())
        if members:
            tell(f"stopping {name}")
            pids = {p.pid for p in members}
            heads = [p for p in members if p.parent not in pids]
            stop_processes(heads, applied.services[name].stop_signal, applied.services[name].stop_seconds)
            stop_processes(members)
    stop_processes(processes_of(root, scan(), programs).all)


def forget_all(applied: Applied) -> None:
    """supervisord is gone with its configuration."""


def _service_fact(
    service: Service, processes: RootProcesses, world: World, held: dict[int, int]
) -> ServiceFact:
    own = {p.pid for p in processes.members.get(service.name, ())}
    main = processes.mains.get(service.name)
    strays = tuple(p for p in processes.strays if p.pid in own)
    uptime = world.now - main.started if main else 0.0
    return ServiceFact(main, strays, listening(service, world, held, own), uptime)
