"""Wanted against observed: a pure function that says what is to be done to one host."""

from __future__ import annotations

from .definition import definition_digest, files_digest
from .digest import text_digest
from .errors import ConvergeError
from .facts import FileFact, Observation
from .firewall import FILE, TABLE
from .manifest import Directory, ManagedFile, Manifest, Program, Service
from .report import CREATE, DELETE, OK, RELOAD, RESTART, START, UPDATE, Change
from .state import Applied
from .users import ownership


def diff(manifest: Manifest, seen: Observation, purge_data: bool = False) -> list[Change]:
    """Every item of the manifest, and every one that is no longer in it, with its action."""
    directories = [_directory(d, seen.directories[d.path]) for d in manifest.directories]
    programs = [_program(p, seen) for p in manifest.programs]
    files = [_file(f, seen.files[f.path], seen.applied) for f in seen.wanted_files]
    written = {f.path for f in seen.wanted_files if not _has_content(f, seen.files[f.path])}
    services = [_service(manifest, s, seen, written) for s in manifest.services]
    changes = directories + programs + files + services + _gone(manifest, seen, purge_data)
    changes += _firewall(manifest, seen)
    changes += [
        Change("file", path, OK, drift=("not put there by aiotctl; left alone",)) for path in seen.foreign
    ]
    record = _record(manifest, seen, changes)
    return [*changes, *([record] if record else [])]


def programs_in_place(seen: Observation) -> dict[str, str]:
    """Digests of programs once everything wanted is delivered."""
    return {name: fact.wanted for name, fact in seen.programs.items()}


def _owner_facts(item: Directory | ManagedFile, fact: FileFact) -> list[str]:
    try:
        account = ownership(item.user, item.group)
    except ConvergeError as error:
        return [error.summary]
    if account is None:
        return []
    facts = [f"owner is user {fact.uid}, wanted {account.name}"] if fact.uid != account.uid else []
    if item.group and fact.gid != account.gid:
        facts.append(f"group is {fact.gid}, wanted {item.group}")
    return facts


def _mode_facts(mode: int, fact: FileFact) -> list[str]:
    return [f"mode is {fact.mode:04o}, wanted {mode:04o}"] if fact.mode != mode else []


def _directory(directory: Directory, fact: FileFact) -> Change:
    if fact.kind != "file":
        return Change("directory", directory.path, CREATE)
    drift = _mode_facts(directory.mode, fact) + _owner_facts(directory, fact)
    return Change("directory", directory.path, UPDATE if drift else OK, drift=tuple(drift))


def _has_content(file: ManagedFile, fact: FileFact) -> bool:
    return fact.kind == "file" and fact.digest == text_digest(file.content)


def _file(file: ManagedFile, fact: FileFact, applied: Applied | None) -> Change:
    before = applied.files.get(file.path) if applied else None
    if fact.kind == "absent":
        drift = ("it was removed by hand",) if before else ()
        return Change("file", file.path, CREATE, drift=drift)
    reasons, drift = list[str](), list[str]()
    if fact.kind == "other":
        drift.append("it is no plain file")
    elif not _has_content(file, fact):
        if before in (fact.digest, None):
            reasons.append("its content changes")
        else:
            drift.append("its content was changed by hand")
    if fact.kind == "file":
        drift += _mode_facts(file.mode, fact) + _owner_facts(file, fact)
    return Change("file", file.path, UPDATE if reasons or drift else OK, tuple(reasons), tuple(drift))


def _program(program: Program, seen: Observation) -> Change:
    fact = seen.programs[program.name]
    known = seen.applied.programs.get(program.name) if seen.applied else None
    if known is None:
        return Change("program", program.name, CREATE)
    if not fact.digest:
        return Change("program", program.name, CREATE, drift=(f"{fact.location} is gone",))
    if program.deliver and fact.digest != fact.wanted:
        drift = () if known.digest == fact.digest else (f"{fact.location} was changed by hand",)
        return Change("program", program.name, UPDATE, () if drift else ("another version",), drift)
    return Change("program", program.name, OK if known.digest == fact.digest else UPDATE)


def _service(manifest: Manifest, service: Service, seen: Observation, written: set[str]) -> Change:
    applied = seen.applied.services.get(service.name) if seen.applied else None
    fact = seen.services[service.name]
    if applied is None and fact.main is None and not fact.strays:
        return Change("service", service.name, CREATE)
    drift, action = list[str](), OK
    if not seen.reachable:
        drift.append("supervisord does not run")
        action = START
    elif fact.main is None:
        drift.append("does not run")
        action = START
    drift += fact.faults
    if fact.faults and fact.main is not None:
        action = RESTART
    if fact.strays:
        heads = [str(p.pid) for p in fact.strays if p.parent not in {s.pid for s in fact.strays}]
        drift.append("left over from an earlier start: process " + ", ".join(heads))
        action = RESTART if action == OK else action
    if action != OK:
        return Change("service", service.name, action, drift=tuple(drift))
    silent = [str(port) for port in service.ports if port.name not in fact.listening]
    if silent:
        drift.append("does not listen on " + ", ".join(silent))
        # Just started: it may be about to listen, so it is waited for rather than restarted.
        action = START if fact.uptime < service.health_seconds else RESTART
    reasons = list[str]()
    if applied is None or applied.definition is None:
        reasons.append("the last apply did not finish it")
        action = RESTART
    elif applied.definition != definition_digest(manifest, service, programs_in_place(seen)):
        reasons.append("its definition or a program changes")
        action = RESTART
    touched = sorted(written & set(service.files))
    told = applied is not None and applied.files == files_digest(manifest, service) and not touched
    if not told and service.on_change != "none":
        reasons.append(("file " + ", ".join(touched) if touched else "a file") + " changes")
        if action != RESTART:
            action = RELOAD if service.on_change == "reload" and action == OK else RESTART
    return Change("service", service.name, action, tuple(reasons), tuple(drift))


def _firewall(manifest: Manifest, seen: Observation) -> list[Change]:
    """The table in the kernel; its file is one of the files."""
    before = seen.applied is not None and seen.applied.firewall
    if not manifest.firewall:
        return [Change("firewall", TABLE, DELETE)] if before else []
    if not before:
        return [Change("firewall", TABLE, CREATE)]
    file = next(f for f in seen.wanted_files if f.path == FILE)
    if not _has_content(file, seen.files[FILE]):
        return [Change("firewall", TABLE, UPDATE, reasons=("its rules change",))]
    return [Change("firewall", TABLE, UPDATE if seen.firewall else OK, drift=seen.firewall)]


def _gone(manifest: Manifest, seen: Observation, purge_data: bool) -> list[Change]:
    """What is there of ours and no longer wanted."""
    applied = seen.applied
    names = {s.name for s in manifest.services}
    known = names | set(applied.services if applied else ())
    strays = {p.service for p in seen.processes.strays if p.service and p.service not in known}
    left = "left over from an earlier start"
    gone = [Change("service", name, DELETE, drift=(left,)) for name in sorted(strays)]
    if applied is None:
        return gone
    gone += [Change("service", name, DELETE) for name in applied.services if name not in names]
    wanted = {f.path for f in seen.wanted_files}
    gone += [Change("file", path, DELETE) for path in applied.files if path not in wanted]
    folders = {d.path for d in manifest.directories}
    gone += [
        Change("directory", path, DELETE)
        for path, data in applied.directories.items()
        if path not in folders and (purge_data or not data)
    ]
    programs = {p.name for p in manifest.programs}
    gone += [Change("program", name, DELETE) for name in applied.programs if name not in programs]
    return gone


def _record(manifest: Manifest, seen: Observation, changes: list[Change]) -> Change | None:
    applied = seen.applied
    if applied is None:
        return Change("record", "manifest.json", CREATE)
    keys = {name: program.key for name, program in applied.programs.items()}
    stale = any(fact.key != keys.get(name) for name, fact in seen.programs.items())
    unlike = stale or not applied.complete or (applied.owner, applied.host) != (manifest.owner, manifest.host)
    if unlike or any(c.action != OK for c in changes):
        return Change("record", "manifest.json", UPDATE)
    return None
