"""The runtime systemd: one unit a service, its log in the journal."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from . import unit_quoting as quoting
from .belonging import RootProcesses
from .drop_ins import own_drop_ins
from .errors import ManifestError
from .facts import Observation, RuntimeFacts, ServiceFact, World, listening
from .firewall import UNIT as FIREWALL_UNIT
from .firewall import check_text
from .manifest import ManagedFile, Manifest, Service
from .procfs import Process, look_at, seconds_since_boot, socket_inodes
from .runtimes import Running, Tell
from .state import Applied
from .systemctl import UnitFact, journal, show, systemctl
from .units import environment_text, unit_files, unit_name, unit_text

RESERVED = ("firewall", "converge", "rollback")
_USER = re.compile(r"[a-z_][a-z0-9_-]*")
_UNIT = re.compile(r"/(aiotctl-[^/\n]+\.service)(?:/|$)", re.MULTILINE)


def check(manifest: Manifest) -> None:
    """Refuses names and paths that would mean something to systemd, and a firewall beyond its table."""
    for path in (str(manifest.root), *(str(manifest.root / s.directory) for s in manifest.services)):
        if not quoting.PLAIN_PATH.fullmatch(path):
            raise ManifestError(f"manifest: systemd cannot take the path {path!r}")
    for service in manifest.services:
        where = f"service {service.name!r}"
        if service.name in RESERVED:
            raise ManifestError(f"{where}: this name is kept for the agent itself")
        if not quoting.PLAIN_PATH.fullmatch(service.command[0]):
            raise ManifestError(f"{where}: systemd cannot run {service.command[0]!r}")
        if service.user and not _USER.fullmatch(service.user):
            raise ManifestError(f"{where}: {service.user!r} is not the name of a user")
        unknown = sorted(set(service.writes) - {d.path for d in manifest.directories})
        if unknown:
            raise ManifestError(f"{where}: writes names {unknown[0]!r}, which is not there")
        environment_text(manifest, service)
        quoting.command(service.command)
    if manifest.firewall:
        check_text(manifest.firewall)


def files(manifest: Manifest, socket: str) -> tuple[ManagedFile, ...]:
    """Units and environment files."""
    return unit_files(manifest)


def definition(manifest: Manifest, service: Service) -> object:
    """Unit and environment."""
    return [unit_text(manifest, service), environment_text(manifest, service)]


def look(manifest: Manifest, applied: Applied | None, world: World) -> RuntimeFacts:
    """Every unit by one question, every process by its control group."""
    units = {s.name: unit_name(s.name) for s in manifest.services}
    watched = [*units.values(), *([FIREWALL_UNIT] if manifest.firewall else [])]
    shown = show(watched)
    groups = _groups(world)
    held = socket_inodes(pid for members in groups.values() for pid in members)
    return RuntimeFacts(
        RootProcesses(None, {}, {}, ()),
        {
            s.name: _service_fact(s, shown[units[s.name]], world, held, groups.get(units[s.name], set()))
            for s in manifest.services
        },
        firewall=tuple(_faults(shown[FIREWALL_UNIT])) if manifest.firewall else (),
    )


def own_pids(manifest: Manifest) -> set[int]:
    """The processes in the control groups of the manifest's units."""
    groups = _groups(World.look())
    return {pid for s in manifest.services for pid in groups.get(unit_name(s.name), ())}


def up(manifest: Manifest) -> dict[str, float]:
    """The services whose unit is active, and since how many seconds."""
    now = seconds_since_boot()
    mains = {service.name: _main(fact) for service, fact in _shown(manifest)}
    return {name: now - main.started for name, main in mains.items() if main}


def settled_after() -> float:
    """Longer than a program takes that ends over its configuration; a change is judged by it."""
    return 1.0


def log_tail(root: Path, service: str) -> str:
    """The end of the unit's journal."""
    return journal(unit_name(service))


def running(manifest: Manifest, seen: Observation, tell: Tell) -> Running:
    """The units, to be changed."""
    from .systemd_running import UnitsRunning  # only changes need it: a probe is to be quick

    return UnitsRunning(manifest, seen, tell)


def stop_everything(root: Path, applied: Applied, tell: Tell) -> None:
    """Stops and disables every unit, the last started first."""
    for name in reversed(applied.services):
        tell(f"stopping {name}")
        systemctl("stop", "--", unit_name(name), seconds=applied.services[name].stop_seconds + 60)
    units = [unit_name(name) for name in applied.services]
    units += [FIREWALL_UNIT] if applied.firewall else []
    if units:
        systemctl("disable", "--quiet", "--no-reload", "--", *units)


def forget_all(applied: Applied) -> None:
    """Lets systemd forget units whose files are gone."""
    systemctl("daemon-reload")
    for name in applied.services:
        systemctl("reset-failed", "--", unit_name(name))


_LIVE = ("active", "reloading")


def _service_fact(
    service: Service, fact: UnitFact, world: World, held: dict[int, int], own: set[int]
) -> ServiceFact:
    main = _main(fact)
    uptime = world.now - main.started if main else 0.0
    return ServiceFact(main, (), listening(service, world, held, own), uptime, tuple(_faults(fact)))


def _shown(manifest: Manifest) -> list[tuple[Service, UnitFact]]:
    shown = show([unit_name(s.name) for s in manifest.services])
    return [(s, shown[unit_name(s.name)]) for s in manifest.services]


def _main(fact: UnitFact) -> Process | None:
    return look_at(fact.main_pid) if fact.main_pid and fact.active in _LIVE else None


def _faults(fact: UnitFact) -> list[str]:
    if fact.loaded == "masked":
        return ["its unit is masked"]
    if fact.loaded == "not-found":
        return []
    faults = [] if fact.enabled == "enabled" else [f"its unit is {fact.enabled or 'not enabled'}"]
    faults += [f"its unit is changed by {path}" for path in own_drop_ins(fact.drop_ins)]
    return [*faults, *(["systemd has not read its unit's file again"] if fact.stale else [])]


def _groups(world: World) -> dict[str, set[int]]:
    """Processes by the unit of ours that they run in."""
    found: dict[str, set[int]] = {}
    for pid in world.processes:
        with contextlib.suppress(OSError):
            unit = _UNIT.search(Path(f"/proc/{pid}/cgroup").read_text())
            if unit:
                found.setdefault(unit[1], set()).add(pid)
    return found
