"""Manifests that are refused (a new case is one file in refused/), and what defaults mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aiotctl.agents.converge.errors import ManifestError
from aiotctl.agents.converge.manifest import start_waves
from aiotctl.agents.converge.reading import read_manifest

LEAST: dict[str, Any] = {
    "version": 1,
    "owner": {"blueprint": "b", "environment": "e", "lineage": "l"},
    "host": "host/hub",
    "root": "/srv/hub",
}
CASES = sorted(Path(__file__).with_name("refused").glob("*.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_refused(case: Path) -> None:
    given = json.loads(case.read_text())
    with pytest.raises(ManifestError) as refused:
        read_manifest({**LEAST, **given["with"]})
    assert given["says"] in str(refused.value)


@pytest.mark.parametrize("value", [None, [], "text", 1])
def test_no_object_is_refused(value: object) -> None:
    with pytest.raises(ManifestError, match="expected an object"):
        read_manifest(value)


def test_the_least_manifest_wants_nothing() -> None:
    manifest = read_manifest(LEAST)
    assert (manifest.programs, manifest.directories, manifest.files, manifest.services) == ((), (), (), ())


def test_defaults() -> None:
    manifest = read_manifest(
        {
            **LEAST,
            "programs": [{"name": "web", "source": "/opt/web"}, {"name": "other", "source": "/opt/web2"}],
            "directories": [{"path": "data/web"}, {"path": "cache"}],
            "services": [{"name": "web", "command": ["/opt/web/bin/web"]}],
        }
    )
    (service,) = manifest.services
    assert service.programs == ("web",)
    assert (service.on_change, service.stop_signal, service.stop_seconds) == ("restart", "TERM", 10)
    assert [d.data for d in manifest.directories] == [True, False]


def test_waves_follow_start_after() -> None:
    services = [
        {"name": "collector", "command": ["c"], "start_after": ["broker", "database"]},
        {"name": "broker", "command": ["b"]},
        {"name": "schema", "command": ["s"], "start_after": ["database"]},
        {"name": "database", "command": ["d"]},
    ]
    waves = start_waves(read_manifest({**LEAST, "services": services}).services)
    assert [[s.name for s in wave] for wave in waves] == [["broker", "database"], ["collector", "schema"]]
