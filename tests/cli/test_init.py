"""Projects from templates, and what becomes of a person's changes when the template moves on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aiotctl.cli import templates
from tests.cli.conftest import Run


def test_templates_are_listed(run: Run) -> None:
    assert all(f"  {name}\n" in run("init").out for name in templates.names())


@pytest.mark.parametrize("template", templates.names())
def test_each_template_makes_a_valid_project(run: Run, template: str) -> None:
    assert run("init", template, "made", "--defaults").code == 0
    assert run("validate", "--project", "made").code == 0


def test_nobody_is_asked_where_nobody_is(run: Run) -> None:
    done = run("init", "press-shop", "made")
    assert done.code == 64
    assert "name, owner, site, timezone" in done.err
    assert not Path("made").exists()


def test_answers_are_checked_and_kept(run: Run) -> None:
    assert run("init", "press-shop", "made", "--defaults", "--data", "name=9 lives").code == 64
    assert not Path("made").exists()
    assert run("init", "press-shop", "made", "--defaults", "--data", "name=shop-2").code == 0
    assert "name: shop-2" in Path("made", "blueprint.yaml").read_text()
    assert "_src_path: press-shop" in Path("made", templates.ANSWERS).read_text()


def test_a_project_is_never_overwritten(project: Path, run: Run) -> None:
    before = (project / "blueprint.yaml").read_text()
    done = run("init", "cold-chain", ".", "--defaults")
    assert done.code == 1
    assert "blueprint.yaml" in done.err
    assert (project / "blueprint.yaml").read_text() == before


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template of other people, of one file with many lines."""
    folder = tmp_path / "theirs"
    (folder / "template").mkdir(parents=True)
    (folder / "copier.yml").write_text("_subdirectory: template\n_templates_suffix: .jinja\n")
    answers = folder / "template" / "{{ _copier_conf.answers_file }}.jinja"
    answers.write_text("{{ _copier_answers|to_nice_yaml -}}\n")
    (folder / "template" / "blueprint.yaml").write_text("".join(f"line-{n}: {n}\n" for n in range(20)))
    return folder


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_update_merges_what_both_sides_changed(run: Run, template: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("merging needs git on the PATH")
    assert run("init", str(template), ".").code == 0
    _edit(Path("blueprint.yaml"), "line-1: 1\n", "line-1: mine\n")
    _edit(template / "template" / "blueprint.yaml", "line-18: 18\n", "line-18: theirs\n")
    done = run("init", "--update")
    assert (done.code, done.out) == (0, "blueprint.yaml: merged with your changes\n")
    text = Path("blueprint.yaml").read_text()
    assert "line-1: mine\n" in text
    assert "line-18: theirs\n" in text
    assert "Nothing to do" in run("init", "--update").out


def test_update_leaves_a_clash_to_the_person(run: Run, template: Path) -> None:
    assert run("init", str(template), ".").code == 0
    _edit(Path("blueprint.yaml"), "line-1: 1\n", "line-1: mine\n")
    _edit(template / "template" / "blueprint.yaml", "line-1: 1\n", "line-1: theirs\n")
    (template / "template" / "extra.txt").write_text("new\n")
    done = run("init", "--update")
    assert "compare it with blueprint.yaml.new" in done.out
    assert "extra.txt: added" in done.out
    assert "line-1: mine\n" in Path("blueprint.yaml").read_text()
    assert "line-1: theirs\n" in Path("blueprint.yaml.new").read_text()


def test_update_respects_a_file_that_was_removed(run: Run, template: Path) -> None:
    extra = template / "template" / "extra.txt"
    extra.write_text("old\n")
    assert run("init", str(template), ".").code == 0
    Path("extra.txt").unlink()
    extra.write_text("new\n")
    assert "extra.txt: left away" in run("init", "--update").out
    assert not Path("extra.txt").exists()


def test_update_needs_a_project_from_a_template(run: Run) -> None:
    Path("blueprint.yaml").write_text("name: x\n")
    assert run("init", "--update").code == 64
