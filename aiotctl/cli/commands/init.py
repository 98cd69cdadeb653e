"""Make a project from a template, or bring one up to a newer template."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aiotctl.cli import context, templates
from aiotctl.cli.declared import argument, option
from aiotctl.errors import Exit, failure
from aiotctl.views.init import show_created, show_templates, show_updated


def run(
    ctx: typer.Context,
    template: Annotated[str, argument("Template; left out: lists them.")] = "",
    folder: Annotated[Path | None, argument("Folder of the new project; else the template's name.")] = None,
    data: Annotated[
        list[str] | None, option("--data", "Answers a question of the template.", metavar="NAME=VALUE")
    ] = None,
    defaults: Annotated[bool, option("--defaults", "Takes the answers that the template proposes.")] = False,
    update: Annotated[
        bool, option("--update", "Brings the project up to its template as it is now.")
    ] = False,
) -> Exit:
    """Makes a project from a template. Asks the template's questions on a terminal; elsewhere --data and
    --defaults answer them. A template is one of aiotctl's own, a folder, or the URL of a repository.
    """
    here = context.of(ctx)
    answers = dict(_answer(text) for text in data or [])
    if update:
        show_updated(templates.update(here.project, answers), here.output)
    elif not template:
        show_templates(templates.names(), here.output)
    else:
        target = folder or Path(template.rstrip("/").rsplit("/", 1)[-1])
        show_created(template, target, _create(template, target, answers, defaults), here.output)
    return Exit.OK


def _create(template: str, target: Path, answers: dict[str, str], defaults: bool) -> list[str]:
    if not defaults and not context.asks():
        templates.check_answered(template, answers)
    return templates.create(template, target, answers, defaults or not context.asks())


def _answer(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise failure(
            "answer-form", "This is no answer", f"--data {text}", "Write --data NAME=VALUE.", Exit.USAGE
        )
    return name, value
