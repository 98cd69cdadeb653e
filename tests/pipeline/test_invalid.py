"""Every invalid blueprint gives exactly the findings written at its head, and none of them is empty talk.

A case is a file in ``tests/invalid``, or a folder there with a ``blueprint.yaml``. What is expected stands
in comments at
its head, one line a finding: ``# expect: CODE LINE:COLUMN`` or ``# expect: CODE FILE:LINE:COLUMN``. A file
that cannot
hold a comment has its lines in a file of the same name that ends in ``.expect``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aiotctl.diagnostics import Diagnostic
from aiotctl.pipeline.examine import examine
from aiotctl.pipeline.language.catalogue import kinds

INVALID = Path(__file__).parents[1] / "invalid"
MARK = "# expect: "


def cases(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield path / "blueprint.yaml"
        elif path.suffix == ".yaml":
            yield path


def name(case: Path) -> str:
    return case.parent.name if case.name == "blueprint.yaml" else case.stem


def expected(case: Path) -> list[str]:
    beside = case.with_suffix(".expect")
    if beside.exists():
        return sorted(beside.read_text().split("\n")[:-1])
    lines = case.read_text().split("\n")
    return sorted(line.removeprefix(MARK) for line in lines if line.startswith(MARK))


def told(case: Path, findings: tuple[Diagnostic, ...]) -> list[str]:
    lines: list[str] = []
    for finding in findings:
        place = finding.place
        assert place is not None
        file = "" if Path(place.file) == case else f"{Path(place.file).relative_to(case.parent).as_posix()}:"
        lines.append(f"{finding.code} {file}{place.line}:{place.column}")
    return sorted(lines)


CASES = list(cases(INVALID))


@pytest.mark.parametrize("case", CASES, ids=[name(case) for case in CASES])
def test_findings_of_an_invalid_blueprint(case: Path) -> None:
    findings = examine(case).findings
    assert told(case, findings) == expected(case)
    for finding in findings:
        assert finding.summary
        assert finding.detail
        assert finding.remedy
        assert (finding.detail + finding.remedy).replace("\n", "").isprintable()


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 120
    assert all(expected(case) for case in CASES)


def test_every_kind_of_finding_has_a_case() -> None:
    shown = {line.split(" ")[0] for case in CASES for line in expected(case)}
    assert {kind.code for kind in kinds()} - shown == set()
