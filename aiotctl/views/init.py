"""What ``init`` tells.

Messages of the stream: ``template`` (name); ``project_created`` (template, folder, files); ``file_updated``
(path, what).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aiotctl.views.output import Output
from aiotctl.views.text import Style


def show_templates(names: Sequence[str], output: Output) -> None:
    """The templates there are."""
    if output.stream is not None:
        for name in names:
            output.stream.write("template", name=name)
    if output.screen is not None:
        output.screen.line("Templates:")
        for name in names:
            output.screen.line("  ", (Style.STRONG, name))
        output.screen.line("To make a project: ", (Style.STRONG, f"aiotctl init {names[0]} FOLDER"))


def show_created(template: str, folder: Path, files: Sequence[str], output: Output) -> None:
    """The new project, and what to do next."""
    if output.stream is not None:
        output.stream.write("project_created", template=template, folder=str(folder), files=files)
    if output.screen is not None:
        output.screen.line(
            (Style.GOOD, "Made"), f" {folder} from the template {template}: {', '.join(files)}"
        )
        output.screen.line("Go on: ", (Style.STRONG, f"cd {folder} && aiotctl validate"))


def show_updated(done: Sequence[tuple[str, str]], output: Output) -> None:
    """What became of each file."""
    if output.stream is not None:
        for path, what in done:
            output.stream.write("file_updated", path=path, what=what)
    if output.screen is not None:
        for path, what in done:
            output.screen.line((Style.STRONG, path), f": {what}")
        if not done:
            output.screen.line("Nothing to do: the project is as its template is now.")
