"""What a command knows of where it runs: the project, the environment, the places it may speak to."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO, cast

import click

from aiotctl import __version__
from aiotctl.cli.options import Common
from aiotctl.diagnostics import Diagnostic
from aiotctl.errors import Exit, failure
from aiotctl.views.diagnostics import show_diagnostics
from aiotctl.views.output import Output, Screen, Stream
from aiotctl.views.remedies import completed

BLUEPRINT = "blueprint.yaml"


@dataclass(slots=True)
class Context:
    """One run of a command. ``environment`` is the one it works on, empty until it is known."""

    common: Common
    output: Output
    environment: str = ""
    _lines: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @classmethod
    @contextmanager
    def opened(cls, common: Common) -> Generator[Context]:
        """The context of a run; what it opened is closed at the end."""
        with ExitStack() as stack:
            yield cls(common, _output(common, stack))

    @property
    def project(self) -> Path:
        """The project's folder. Raises AiotctlError where there is none."""
        found = find_project(self.common.project)
        if found is not None:
            return found
        if self.common.project is not None:
            raise failure(
                "no-project",
                "There is no project there",
                f"{self.common.project} has no {BLUEPRINT}.",
                "Name the folder that has one, or make a project: aiotctl init",
                Exit.USAGE,
            )
        raise failure(
            "no-project",
            "There is no project here",
            f"Neither {Path.cwd()} nor a folder above it has a {BLUEPRINT}.",
            "Go to the project's folder, name it with --project, or make one: aiotctl init",
            Exit.USAGE,
        )

    @property
    def blueprint(self) -> Path:
        """The project's blueprint, as a path that people can follow from where they are."""
        path = self.project / BLUEPRINT
        try:
            return path.relative_to(Path.cwd())
        except ValueError:
            return path

    @property
    def place(self) -> dict[str, str]:
        """The options that say where this run works, for commands that people are told to type."""
        project, environment = self.common.project, self.environment or self.common.env
        options = {"--project": str(project or ""), "--env": environment or ""}
        return {flag: value for flag, value in options.items() if value}

    def show(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Tells findings, to people with their source lines; the commands of remedies work as they stand."""
        show_diagnostics([self.placed(one) for one in diagnostics], self.output, self.sources)

    def placed(self, diagnostic: Diagnostic) -> Diagnostic:
        """The finding with a remedy whose commands name project and environment."""
        remedy = completed(diagnostic.remedy, self.place)
        return diagnostic if remedy == diagnostic.remedy else replace(diagnostic, remedy=remedy)

    def json_output(self) -> Output:
        """The output with standard output as a stream of messages, as ``--json`` gives it."""
        return self.output if self.common.json else replace(self.output, screen=None, stream=_stdout_stream())

    def sources(self, file: str) -> Sequence[str]:
        """The lines of a file that a finding names; none where it cannot be read."""
        if file not in self._lines:
            try:
                text = Path(file).read_text(encoding="utf-8", errors="replace")
            except (OSError, ValueError):
                text = ""
            self._lines[file] = text.split("\n")
        return self._lines[file]

    def confirm(self, question: str, yes: bool) -> None:
        """Goes on only if a person agrees, or ``--yes`` was given. Raises AiotctlError otherwise."""
        if yes:
            return
        if not asks():
            raise failure(
                "no-consent",
                "Nobody can be asked here",
                "There is no terminal on which to confirm.",
                "Give --yes to go on without a question.",
                Exit.USAGE,
            )
        if not click.confirm(question, err=True):
            raise failure("declined", "Nothing was done", "You did not agree.", "", Exit.ERROR)


def of(ctx: click.Context) -> Context:
    """The context of the command that runs."""
    return cast(Context, ctx.obj)


def asks() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")


def find_project(named: Path | None) -> Path | None:
    """The folder that was named, else the nearest one upwards; None where it has no blueprint."""
    here = Path.cwd()
    folders = (here, *here.parents) if named is None else (named,)
    return next((folder for folder in folders if (folder / BLUEPRINT).is_file()), None)


def _output(common: Common, stack: ExitStack) -> Output:
    if common.json and common.json_into is not None:
        raise click.UsageError("--json and --json-into cannot be given both: one takes the text's place.")
    stream = None
    if common.json_into is not None:
        stream = Stream(stack.enter_context(common.json_into.open("w", encoding="utf-8")), __version__)
    elif common.json:
        stream = _stdout_stream()
    return Output(
        screen=None if common.json else _screen(sys.stdout, common),
        notes=_screen(sys.stderr, common),
        stream=stream,
        clock=time.time,
        quiet=common.quiet,
    )


def _stdout_stream() -> Stream:
    return Stream(sys.stdout, __version__)


def _screen(file: TextIO, common: Common) -> Screen:
    terminal = file.isatty()
    dumb = os.environ.get("TERM") in ("dumb", "")
    forced = bool(os.environ.get("FORCE_COLOR"))
    allowed = not common.no_color and (forced or not (os.environ.get("NO_COLOR") or dumb))
    return Screen(
        file=file,
        colour=allowed and (terminal or forced),
        width=_width(file) if terminal else None,
        live=terminal and not dumb and not common.quiet and not os.environ.get("CI"),
    )


def _width(file: TextIO) -> int:
    """Columns of the terminal behind a file."""
    try:
        found = int(os.environ.get("COLUMNS", "0")) or os.get_terminal_size(file.fileno()).columns
    except (OSError, ValueError):
        found = 0
    return max(40, found or 80)
