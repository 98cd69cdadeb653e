"""Speed of the language: validate and plan of 10,000 sites against PyYAML's C loader on the same file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benches.fleet import write_csv, write_yaml
from benches.known import remember
from benches.measure import AIOTCTL, Row, findings, peak_megabytes, seconds

SITES = 10_000
UNCACHED = {"AIOTCTL_CACHE": "off"}
REFERENCE = "import sys, yaml; yaml.load(open(sys.argv[1]), yaml.CSafeLoader)"


def rows(folder: Path, full: bool) -> Iterator[Row]:
    """Measures in an empty folder."""
    yaml_fleet, csv_fleet, small = (_folder(folder, name) for name in ("yaml", "csv", "small"))
    blueprint = write_yaml(yaml_fleet / "blueprint.yaml", SITES)
    write_csv(csv_fleet, SITES)
    write_yaml(small / "blueprint.yaml", SITES // 10)
    reference = seconds([sys.executable, "-c", REFERENCE, str(blueprint)])
    yield Row("reference_s", "yaml.CSafeLoader on the bench's YAML (R)", reference)
    validate = seconds(_aiotctl(yaml_fleet, "validate"), **UNCACHED)
    yield Row("validate_ratio", "validate / R", validate / reference, at_most=0.25)
    yield Row(
        "revalidate_ratio", "validate again, cached / R", _revalidate(yaml_fleet) / reference, at_most=0.05
    )
    for where in (yaml_fleet, csv_fleet):
        remember(where)
    plan = seconds(_aiotctl(yaml_fleet, "plan", "--detailed-exitcode"), **UNCACHED)
    yield Row("noop_plan_ratio", "plan without a change, YAML / R", plan / reference, at_most=0.35)
    fleet = seconds(_aiotctl(csv_fleet, "plan", "--detailed-exitcode"), **UNCACHED)
    yield Row("fleet_plan_ratio", "the same sites from CSV / R", fleet / reference, at_most=0.20)
    memory = max(peak_megabytes(_aiotctl(where, "plan"), **UNCACHED) for where in (yaml_fleet, csv_fleet))
    yield Row("plan_mb", "peak memory of the larger plan, MB", memory, at_most=900)
    tenth = seconds(_aiotctl(small, "validate"), **UNCACHED)
    yield Row("validate_growth", "validate, 10,000 sites / 1,000 sites", validate / tenth, at_most=11)


def _revalidate(project: Path) -> float:
    """Time of a cached validate; then changes one byte and holds the findings against an uncached run's."""
    command = _aiotctl(project, "validate")
    seconds(command, times=1)
    cached = seconds(command)
    blueprint = project / "blueprint.yaml"
    sound = blueprint.read_bytes()
    place = sound.rindex(b"unit_id: 5")
    blueprint.write_bytes(sound[:place] + b"unit_ix: 5" + sound[place + 10 :])
    seen, fresh = findings(command), findings(command, **UNCACHED)
    blueprint.write_bytes(sound)
    if seen != fresh or not fresh:
        raise RuntimeError(f"one changed byte: the cached run found {seen!r}, an uncached one {fresh!r}")
    return cached


def _aiotctl(project: Path, command: str, *options: str) -> list[str]:
    return [*AIOTCTL, command, "--project", str(project), *options]


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder
