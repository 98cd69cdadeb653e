"""The diff is a pure function of manifest and observation: no host is needed to test it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aiotctl.agents.converge.belonging import RootProcesses
from aiotctl.agents.converge.definition import definition_digest, files_digest
from aiotctl.agents.converge.diff import diff, programs_in_place
from aiotctl.agents.converge.digest import text_digest
from aiotctl.agents.converge.facts import FileFact, Observation, ProgramFact, ServiceFact
from aiotctl.agents.converge.manifest import Manifest
from aiotctl.agents.converge.procfs import Process
from aiotctl.agents.converge.reading import read_manifest
from aiotctl.agents.converge.state import Applied, AppliedProgram, AppliedService, unfinished

MANIFEST = read_manifest(
    {
        "version": 1,
        "owner": {"blueprint": "b", "environment": "e", "lineage": "l"},
        "host": "host/hub",
        "root": "/srv/hub",
        "programs": [{"name": "web", "source": "/opt/web"}],
        "directories": [{"path": "data/web"}],
        "files": [{"path": "etc/web.conf", "content": "wanted"}],
        "services": [
            {
                "name": "web",
                "command": ["/opt/web"],
                "files": ["etc/web.conf"],
                "on_change": "reload",
                "ports": [{"name": "http", "port": 8080}],
            }
        ],
    }
)
SUPERVISOR = Process(10, 1, 5.0, "/srv/hub:")
MAIN = Process(11, 10, 6.0, "/srv/hub:web")


def settled(manifest: Manifest = MANIFEST) -> Observation:
    """A root that is as the manifest wants it, up for a long time."""
    programs = {"web": ProgramFact("/opt/web", "d1", "k1", "d1")}
    service = manifest.services[0]
    return Observation(
        applied=Applied(
            manifest.owner,
            manifest.host,
            "run/supervisor.sock",
            files={f.path: text_digest(f.content) for f in manifest.files},
            directories={"data/web": True},
            programs={"web": AppliedProgram(None, "d1", "k1")},
            services={
                "web": AppliedService(
                    definition_digest(manifest, service, {"web": "d1"}),
                    files_digest(manifest, service),
                    "TERM",
                    10,
                )
            },
            complete=True,
        ),
        socket="run/supervisor.sock",
        wanted_files=manifest.files,
        files={f.path: FileFact("file", text_digest(f.content), f.mode, 0) for f in manifest.files},
        directories={"data/web": FileFact("file", mode=0o700, uid=0)},
        programs=programs,
        processes=RootProcesses(SUPERVISOR, {"web": MAIN}, {"web": (MAIN,)}, ()),
        reachable=True,
        services={"web": ServiceFact(MAIN, (), frozenset({"http"}), 1000.0)},
        foreign=(),
    )


def found(seen: Observation, manifest: Manifest = MANIFEST, **options: Any) -> dict[str, str]:
    changes = diff(manifest, seen, **options)
    return {f"{c.kind} {c.name}": c.action for c in changes if c.action != "ok" and c.kind != "record"}


def applied(seen: Observation) -> Applied:
    assert seen.applied
    return seen.applied


def with_applied(**changes: Any) -> Observation:
    seen = settled()
    return replace(seen, applied=replace(applied(seen), **changes))


def with_service(**changes: Any) -> Observation:
    seen = settled()
    return replace(seen, services={"web": replace(seen.services["web"], **changes)})


def test_settled_needs_nothing() -> None:
    assert [c.action for c in diff(MANIFEST, settled())] == ["ok"] * 4
    assert programs_in_place(settled()) == {"web": "d1"}


def test_nothing_there_creates_everything() -> None:
    absent = FileFact("absent")
    bare = replace(
        settled(),
        applied=None,
        files={"etc/web.conf": absent},
        directories={"data/web": absent},
        processes=RootProcesses(None, {}, {}, ()),
        reachable=False,
        services={"web": ServiceFact(None, (), frozenset(), 0)},
    )
    assert set(found(bare).values()) == {"create"}
    assert len(found(bare)) == 4


@pytest.mark.parametrize(
    ("changes", "action", "says"),
    [
        ({"main": None}, "start", "does not run"),
        ({"listening": frozenset()}, "restart", "does not listen on http 127.0.0.1:8080"),
        ({"listening": frozenset(), "uptime": 2.0}, "start", "does not listen"),
        ({"strays": (Process(9, 1, 2.0, "/srv/hub:web"),)}, "restart", "process 9"),
    ],
)
def test_a_service_that_is_not_as_it_was(changes: dict[str, Any], action: str, says: str) -> None:
    seen = with_service(**changes)
    assert found(seen) == {"service web": action}
    assert says in "".join(next(c for c in diff(MANIFEST, seen) if c.kind == "service").drift)


def test_a_drifted_file_is_written_and_told_to_its_service() -> None:
    seen = replace(settled(), files={"etc/web.conf": FileFact("file", text_digest("mine"), 0o600, 0)})
    assert found(seen) == {"file etc/web.conf": "update", "service web": "reload"}


def test_a_mode_alone_is_not_told_to_the_service() -> None:
    seen = replace(settled(), files={"etc/web.conf": FileFact("file", text_digest("wanted"), 0o644, 0)})
    assert found(seen) == {"file etc/web.conf": "update"}


def test_what_an_interrupted_apply_left_is_finished() -> None:
    before = applied(settled()).services["web"]
    assert found(with_applied(services={"web": unfinished(before)})) == {"service web": "restart"}
    assert found(with_applied(services={"web": replace(before, files=None)})) == {"service web": "reload"}


def test_an_interrupted_apply_alone_is_noted_in_the_record() -> None:
    assert [c.kind for c in diff(MANIFEST, with_applied(complete=False)) if c.action != "ok"] == ["record"]


def test_another_program_restarts_what_uses_it() -> None:
    seen = replace(settled(), programs={"web": ProgramFact("/opt/web", "d2", "k2", "d2")})
    assert found(seen) == {"program web": "update", "service web": "restart"}


def test_what_is_no_longer_wanted_goes_and_data_only_when_purged() -> None:
    none = replace(MANIFEST, programs=(), directories=(), files=(), services=())
    seen = replace(settled(), wanted_files=(), files={}, directories={}, programs={}, services={})
    gone = {"service web": "delete", "file etc/web.conf": "delete", "program web": "delete"}
    assert found(seen, none) == gone
    assert found(seen, none, purge_data=True) == {**gone, "directory data/web": "delete"}


def test_left_over_processes_of_unknown_services_go() -> None:
    stray = Process(9, 1, 2.0, "/srv/hub:old")
    processes = RootProcesses(SUPERVISOR, {"web": MAIN}, {"web": (MAIN,), "old": (stray,)}, (stray,))
    assert found(replace(settled(), processes=processes)) == {"service old": "delete"}
