"""Makes one host be as its manifest says; `converge` and `check` are the entry points."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from . import firewall, system
from .definition import definition_digest, files_digest
from .diff import diff, programs_in_place
from .digest import stat_key, text_digest
from .errors import ConvergeError, told
from .facts import Observation, World
from .files import (
    deliver,
    leftovers,
    make_directory,
    make_parents,
    remove,
    remove_if_empty,
    sync_directory,
    under,
    write_whole,
)
from .lock import root_lock
from .manifest import Manifest
from .observe import observe
from .preflight import check_owner, check_ports, check_programs, check_users
from .progress import PROGRESS
from .report import CREATE, DELETE, OK, UPDATE, Change, Outcome
from .runtimes import Tell, runtime_for
from .state import Applied, AppliedProgram, AppliedService, unfinished, write_state
from .users import ownership


def silent(_: str) -> None:
    """Tells nobody."""


def check(
    manifest: Manifest, world: World | None = None, *, adopt: bool = False, purge_data: bool = False
) -> Outcome:
    """What `converge` would do; changes nothing. One `world` may serve the roots of many hosts."""
    with told(manifest.root, "see to it that it can be read"):
        seen = observe(manifest, world or World.look())
        check_owner(manifest, seen, adopt)
        settled = seen.applied is not None and seen.applied.complete
        return Outcome((*system.look(manifest, settled), *diff(manifest, seen, purge_data)))


def converge(
    manifest: Manifest,
    *,
    adopt: bool = False,
    purge_data: bool = False,
    tell: Tell = silent,
    before: Callable[[], None] = lambda: None,
) -> Outcome:
    """Changes what differs, starts what does not run, removes what is no longer wanted.

    Raises ConvergeError when it refuses (then nothing was changed) or cannot go on (then the next
    run goes on). Services that do not become healthy are in the outcome's failures. `before` is called
    when nothing more can refuse it, right before the first change.
    """
    with told(manifest.root, "mend it and apply again: it goes on from there"), _root(manifest.root) as keep:
        seen = observe(manifest, World.look())
        check_owner(manifest, seen, adopt)
        changes = diff(manifest, seen, purge_data)
        if all(change.action == OK for change in changes):
            keep()
            return Outcome(tuple(changes))
        check_users(manifest)
        check_programs(manifest, seen)
        firewall.check_loads(manifest)
        check_ports(manifest)
        keep()
        before()
        return _carry_out(manifest, seen, changes, purge_data, tell)


@contextmanager
def _root(root: Path) -> Generator[Callable[[], None]]:
    """Holds the root, made if need be; one that was made goes again unless the given function is called."""
    made = [folder for folder in (root, *root.parents) if not folder.exists()]
    try:
        for folder in reversed(made):
            make_directory(folder, 0o755, None)
        with root_lock(root):
            yield made.clear
    finally:
        for folder in made:  # refused: not even an empty folder stays
            remove_if_empty(folder)


def _carry_out(
    manifest: Manifest, seen: Observation, changes: list[Change], purge_data: bool, tell: Tell
) -> Outcome:
    root, running = manifest.root, runtime_for(manifest.runtime).running(manifest, seen, tell)
    for folder in ("run", "logs"):
        make_directory(root / folder, 0o700, None)
    remove(root / PROGRESS)
    journal = _begin(manifest, seen, changes)
    write_state(root, journal)
    if seen.applied and seen.applied.runtime != manifest.runtime:
        runtime_for(seen.applied.runtime).stop_everything(root, seen.applied, tell)
    running.stop_leftovers()
    _put_in_place(manifest, seen, changes)
    _set_firewall(manifest, changes, tell)
    running.stop_gone(journal, changes)
    failures = running.bring_up(changes)
    _remove_gone(manifest, journal, changes)
    running.forget_gone()
    write_state(root, _end(manifest, seen, journal, {f.service for f in failures}, purge_data))
    return Outcome(tuple(changes), tuple(failures))


def _begin(manifest: Manifest, seen: Observation, changes: list[Change]) -> Applied:
    """The union of what is there and what comes, with everything about to change marked."""
    before = seen.applied or Applied(manifest.owner, manifest.host, seen.socket)
    busy = {c.name for c in changes if c.kind == "service" and c.action != OK}
    wanted = {s.name: AppliedService(None, None, s.stop_signal, s.stop_seconds) for s in manifest.services}
    known = {n: unfinished(s) if n in busy else s for n, s in before.services.items()}
    delivered = {p.name: AppliedProgram(p.path, "", "") for p in manifest.programs if p.deliver}
    return replace(
        before,
        owner=manifest.owner,
        host=manifest.host,
        runtime=manifest.runtime,
        firewall=before.firewall or bool(manifest.firewall),
        complete=False,
        files={**{f.path: "" for f in seen.wanted_files}, **before.files},
        directories={**{d.path: d.data for d in manifest.directories}, **before.directories},
        programs={**delivered, **before.programs},
        services={**wanted, **known},
    )


def _end(
    manifest: Manifest, seen: Observation, journal: Applied, failed: set[str], purge_data: bool
) -> Applied:
    digests = programs_in_place(seen)
    kept = {p: data for p, data in journal.directories.items() if data and not purge_data}
    services = {
        s.name: AppliedService(
            definition_digest(manifest, s, digests) if s.name not in failed else None,
            files_digest(manifest, s) if s.name not in failed else None,
            s.stop_signal,
            s.stop_seconds,
        )
        for s in manifest.services
    }
    return replace(
        journal,
        complete=True,
        firewall=bool(manifest.firewall),
        files={f.path: text_digest(f.content) for f in seen.wanted_files},
        directories={**kept, **{d.path: d.data for d in manifest.directories}},
        programs={
            p.name: AppliedProgram(p.path, digests[p.name], stat_key(Path(seen.programs[p.name].location)))
            for p in manifest.programs
        },
        services=services,
    )


def _put_in_place(manifest: Manifest, seen: Observation, changes: list[Change]) -> None:
    todo = {(c.kind, c.name) for c in changes if c.action in (CREATE, UPDATE)}
    for directory in sorted(manifest.directories, key=lambda d: d.path):
        if ("directory", directory.path) in todo:
            make_directory(
                make_parents(manifest.root, directory.path),
                directory.mode,
                ownership(directory.user, directory.group),
            )
    for program in manifest.programs:
        fact = seen.programs[program.name]
        if program.path and fact.digest != fact.wanted:
            place = make_parents(manifest.root, program.path)
            deliver(Path(program.source), place, fact.wanted)
    for file in seen.wanted_files:
        if ("file", file.path) in todo:
            place = make_parents(manifest.root, file.path)
            for old in leftovers(place.parent):
                remove(old)
            if seen.files[file.path].kind == "other" and place.is_dir():
                raise ConvergeError(
                    f"{place} is a folder where a file is wanted", hint="move it away and apply again"
                )
            write_whole(
                place,
                file.content.encode("utf-8", "surrogateescape"),
                file.mode,
                ownership(file.user, file.group),
            )


def _set_firewall(manifest: Manifest, changes: list[Change], tell: Tell) -> None:
    action = next((c.action for c in changes if c.kind == "firewall"), OK)
    if action == DELETE:
        tell("removing the firewall")
        firewall.remove()
    elif action != OK:
        tell("loading the firewall")
        firewall.load(manifest.root)


def _remove_gone(manifest: Manifest, journal: Applied, changes: list[Change]) -> None:
    """Removes files, programs and directories no longer wanted, and the folders that become empty."""
    kept = {"run", "logs", *(d.path for d in manifest.directories)}
    for change in changes:
        for path in _places_of(change, journal) if change.action == DELETE else ():
            place = under(manifest.root, path)
            remove(place)
            for folder in place.parents if place.is_relative_to(manifest.root) else ():
                if folder == manifest.root or folder.relative_to(manifest.root).as_posix() in kept:
                    break
                if not remove_if_empty(folder):
                    break
    sync_directory(manifest.root)


def _places_of(change: Change, journal: Applied) -> list[str]:
    """The paths under the root that go when this item goes."""
    if change.kind == "program":
        program = journal.programs.get(change.name)
        return [program.path] if program and program.path else []
    if change.kind == "service":
        logs = [f"logs/{change.name}.log{suffix}" for suffix in ("", ".1", ".2", ".3")]
        return [f"run/{change.name}.starts", *logs]
    return [change.name]
