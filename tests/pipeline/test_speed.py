"""A coarse guard: reading a thousand sites stays far below what PyYAML's C loader takes, and grows with the
sites.

The bench measures; this only notices when something has become several times slower. Process time is
compared, so that
a busy machine does not matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import yaml

from aiotctl.pipeline.examine import examine
from benches.fleet import write_csv, write_yaml


def took(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def sound(file: Path) -> None:
    assert examine(file).findings == ()


def test_a_thousand_sites_as_yaml(tmp_path: Path) -> None:
    file = write_yaml(tmp_path / "blueprint.yaml", 1000)
    sound(file)
    reference = took(lambda: yaml.load(file.read_text(), yaml.CSafeLoader))
    assert took(lambda: sound(file)) < 0.6 * reference


def test_a_thousand_sites_as_a_table(tmp_path: Path) -> None:
    write_csv(tmp_path, 1000)
    reference = took(
        lambda: yaml.load(write_yaml(tmp_path / "other.yaml", 1000).read_text(), yaml.CSafeLoader)
    )
    assert took(lambda: sound(tmp_path / "blueprint.yaml")) < 0.4 * reference


def test_time_grows_with_the_sites(tmp_path: Path) -> None:
    small, large = write_yaml(tmp_path / "small.yaml", 500), write_yaml(tmp_path / "large.yaml", 4000)
    sound(small)
    assert took(lambda: sound(large)) < 14 * took(lambda: sound(small))


def test_many_findings_are_told_in_time(tmp_path: Path) -> None:
    file = write_yaml(tmp_path / "blueprint.yaml", 1000)
    file.write_text(file.read_text().replace("timezone: Europe/Berlin", "timezon: Europe/Berlin"))
    started = time.process_time()
    findings = examine(file).findings
    assert len(findings) == 1000
    assert time.process_time() - started < 10
