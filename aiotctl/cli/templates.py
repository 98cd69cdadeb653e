"""Projects from templates: made once, and brought up to a newer template later without losing what was
changed.

A template is rendered by copier into a folder of its own first, so that a project appears whole or not at
all. The files as the template made them are kept in ``.template/`` of the project: what a person has changed
since is told by comparing with them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from aiotctl.errors import Exit, failure
from aiotctl.shipped import shipped

ANSWERS = ".copier-answers.yml"
PRISTINE = ".template"


def names() -> list[str]:
    """The templates that come with aiotctl."""
    return sorted(path.name for path in shipped("blueprints").iterdir() if (path / "copier.yml").is_file())


def create(template: str, folder: Path, answers: Mapping[str, str], defaults: bool) -> list[str]:
    """Makes a project in a folder and gives the names of its files. Raises AiotctlError where any is there
    already.
    """
    with _rendered(template, answers, defaults) as made:
        files = _files(made)
        there = [name for name in files if (folder / name).exists()]
        if there:
            raise failure(
                "files-in-the-way",
                "There are files in the way",
                f"{folder} already has {', '.join(there)}.",
                "Name another folder; to bring a project up to its template: aiotctl init --update",
            )
        for name in files:
            _put(made / name, folder / name)
            _put(made / name, folder / PRISTINE / name)
        return files


def check_answered(template: str, answers: Mapping[str, str]) -> None:
    """Raises AiotctlError where a template asks more than what was answered: nobody is there to be asked."""
    questions = _yaml(Path(_source(template)) / "copier.yml")
    unanswered = [name for name in questions if not name.startswith("_") and name not in answers]
    if unanswered:
        raise failure(
            "unanswered",
            "The template has questions, and nobody can be asked here",
            f"{template} asks for {', '.join(unanswered)}.",
            "Answer with --data NAME=VALUE, or take what the template proposes with --defaults.",
            Exit.USAGE,
        )


def update(folder: Path, answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Brings a project up to the template as it is now. Gives each file with what was done to it.

    A file that both sides changed is merged; where that cannot be, the template's lies beside it as
    ``NAME.new``.
    """
    known = _answers(folder)
    template = str(known.pop("_src_path"))
    with _rendered(template, {**known, **answers}, defaults=True) as made:
        done = [(name, _update_file(name, made, folder)) for name in _files(made)]
        for name in _files(made):
            _put(made / name, folder / PRISTINE / name)
    return [(name, what) for name, what in done if what]


def _update_file(name: str, made: Path, folder: Path) -> str:
    new, mine, base = made / name, folder / name, folder / PRISTINE / name
    before = base.read_bytes() if base.is_file() else None
    wanted = new.read_bytes()
    if wanted == before or (mine.is_file() and mine.read_bytes() == wanted):
        return ""
    if not mine.is_file():
        if before is not None:
            return "left away, as you removed it"
        _put(new, mine)
        return "added"
    if mine.read_bytes() == before:
        _put(new, mine)
        return "updated"
    merged = _merged(mine, base, new) if before is not None else None
    if merged is None:
        _put(new, mine.with_name(mine.name + ".new"))
        return f"changed by you and by the template: compare it with {name}.new"
    _write(merged, mine)
    return "merged with your changes"


def _merged(mine: Path, base: Path, new: Path) -> bytes | None:
    """Both sides' changes in one, where they do not touch the same lines."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run([git, "merge-file", "-p", mine, base, new], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


@contextmanager
def _rendered(template: str, answers: Mapping[str, str], defaults: bool) -> Generator[Path]:
    """The template's files in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="aiotctl-") as temporary:
        made = Path(temporary) / "project"
        _copier(template, made, answers, defaults)
        answered = made / ANSWERS
        if answered.is_file():  # without the path of this machine
            answered.write_text(
                re.sub(r"(?m)^_src_path: .*$", f"_src_path: {template}", answered.read_text("utf-8"))
            )
        yield made


def _copier(template: str, made: Path, answers: Mapping[str, str], defaults: bool) -> None:
    """Runs copier as a program of its own: a library it loads is under the GPL, so it is never imported here.

    It asks its questions on the terminal, so what it says there is left to it; where nobody is asked, its
    last words tell why it refused an answer.
    """
    data = [word for name, value in answers.items() for word in ("--data", f"{name}={value}")]
    flags = ["--quiet", *(["--defaults"] if defaults else [])]
    command = [sys.executable, "-W", "ignore", "-m", "copier", "copy", *flags, *data]
    asks = not defaults and sys.stdin.isatty()
    done = subprocess.run(
        [*command, _source(template), str(made)],
        stderr=None if asks else subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise failure(
            "template",
            "The template could not be filled in",
            f"{template}: {_last_line(done.stderr)}",
            "Answer its questions with --data NAME=VALUE, or take what it proposes with --defaults.",
            Exit.USAGE,
        )


def _last_line(said: str | None) -> str:
    lines = [line.strip() for line in (said or "").splitlines() if line.strip()]
    return lines[-1].removeprefix("ValueError: ") if lines else "the reason stands above."


def _source(template: str) -> str:
    """Where a template lies: one of ours, or a folder or repository of other people."""
    if template in names():
        return str(shipped("blueprints") / template)
    if Path(template).is_dir() or "://" in template or template.startswith("gh:"):
        return template
    raise failure(
        "no-template",
        "There is no such template",
        f"{template!r} is neither a template nor a folder.",
        f"Templates are: {', '.join(names())}",
        Exit.USAGE,
    )


def _answers(folder: Path) -> dict[str, Any]:
    found = _yaml(folder / ANSWERS)
    if "_src_path" not in found:
        raise failure(
            "no-answers",
            "This project was not made from a template",
            f"{folder / ANSWERS} is not there, or does not tell the template.",
            "Only projects made with `aiotctl init` can be updated.",
            Exit.USAGE,
        )
    return found


def _yaml(path: Path) -> dict[str, Any]:
    """The mapping in a file; an empty one where there is none."""
    import yaml

    found: object = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _files(made: Path) -> list[str]:
    return sorted(path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file())


def _put(source: Path, target: Path) -> None:
    _write(source.read_bytes(), target)


def _write(content: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(target)
