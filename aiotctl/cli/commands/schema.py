"""Print the JSON Schema of the blueprint, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from aiotctl.cli import context
from aiotctl.cli.declared import option
from aiotctl.cli.files import write_whole
from aiotctl.errors import Exit


def run(
    ctx: typer.Context,
    out: Annotated[Path | None, option("--out", "Writes it into a file.", metavar="FILE")] = None,
) -> Exit:
    """Prints the JSON Schema of the blueprint, made from the language and from everything in the catalog. An
    editor with a YAML language server completes and explains from it when the blueprint begins with the line

    \b # yaml-language-server: $schema=blueprint.schema.json
    """
    from aiotctl.pipeline.language.schema import blueprint

    text = json.dumps(blueprint(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_whole(out, text.encode())
        context.of(ctx).output.note(f"written: {out}")
    return Exit.OK
