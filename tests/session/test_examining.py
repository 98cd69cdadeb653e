"""The outcome of an examination is kept, and believed only while nothing that went into it has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiotctl.session import examining

BLUEPRINT = """\
blueprint: v1
name: shop
owner: ops@example.com
device_types: {from: types.yaml}
sites:
  a:
    timezone: UTC
    gateways: {gw: {arch: amd64}}
    devices: {m1: {type: meter, gateway: gw, endpoint: "10.0.0.1:502", unit_id: 1}}
environments:
  laptop: {simulate: devices}
"""
TYPES = (
    "meter: {protocol: modbus-tcp, points: {power: {register: input/0, type: float32, unit: W, every: 1s}}}\n"
)


@pytest.fixture
def blueprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound blueprint with a part in a file of its own, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(examining.SWITCH, raising=False)
    (tmp_path / "types.yaml").write_text(TYPES)
    file = tmp_path / "blueprint.yaml"
    file.write_text(BLUEPRINT)
    return file


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Names of files that were examined anew."""
    made: list[Path] = []
    anew = examining._examine

    def counted(file: Path, read: dict[str, str | None]) -> examining.Outcome:
        made.append(file)
        return anew(file, read)

    monkeypatch.setattr(examining, "_examine", counted)
    return made


def test_an_unchanged_blueprint_is_examined_once(blueprint: Path, examined: list[Path]) -> None:
    first = examining.outcome(blueprint)
    assert first.sound
    assert first.sizes["device"] == 1
    assert examining.outcome(blueprint) == first
    assert len(examined) == 1


@pytest.mark.parametrize("name", ["blueprint.yaml", "types.yaml"])
def test_one_changed_byte_gives_what_an_uncached_run_finds(
    blueprint: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    examining.outcome(blueprint)
    changed = blueprint.with_name(name)
    changed.write_text(changed.read_text().replace("modbus-tcp", "modbus-tcq").replace("type: m", "type: n"))
    seen = examining.outcome(blueprint)
    monkeypatch.setenv(examining.SWITCH, "off")
    assert seen == examining.outcome(blueprint)
    assert not seen.sound


def test_findings_come_back_whole(blueprint: Path, examined: list[Path]) -> None:
    blueprint.write_text(BLUEPRINT.replace("type: meter", "type: metre"))
    first = examining.outcome(blueprint)
    assert first.findings
    assert first.findings[0].place is not None
    assert examining.outcome(blueprint) == first
    assert len(examined) == 1


def test_a_missing_part_that_appears_is_noticed(blueprint: Path) -> None:
    part = blueprint.with_name("types.yaml")
    part.unlink()
    assert not examining.outcome(blueprint).sound
    part.write_text(TYPES)
    assert examining.outcome(blueprint).sound


def test_a_damaged_entry_is_not_believed(blueprint: Path, tmp_path: Path) -> None:
    first = examining.outcome(blueprint)
    (entry,) = (tmp_path / "cache" / "aiotctl" / "findings").iterdir()
    entry.write_text("{")
    assert examining.outcome(blueprint) == first


def test_the_program_is_part_of_the_key(
    blueprint: Path, examined: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    examining.outcome(blueprint)
    monkeypatch.setattr(examining, "_program", lambda: "another")
    examining.outcome(blueprint)
    assert len(examined) == 2
