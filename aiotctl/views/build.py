"""What ``build`` wrote. Message of the stream: ``built`` (folder, environment, units, files, bound)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aiotctl.model.bundle import Bundle
from aiotctl.views.output import Output
from aiotctl.views.text import Style, count


def show_built(bundle: Bundle, folder: Path, files: Sequence[str], bound: bool, output: Output) -> None:
    """The folder, and how it is used."""
    if output.stream is not None:
        output.stream.write(
            "built",
            folder=str(folder),
            environment=bundle.environment,
            units=list(bundle.units),
            files=files,
            bound=bound,
        )
    if output.screen is None:
        return
    units, number = count(len(bundle.units), "unit"), count(len(files), "file")
    output.screen.line((Style.GOOD, "Built"), f" {units} of {bundle.environment} into {folder}: {number}")
    if bound:
        output.screen.line((Style.WARNING, "The manifests hold secrets"), "; they are readable to you alone.")
        output.screen.line(
            "It runs without aiotctl: ",
            (Style.STRONG, f"ansible-playbook -i {folder}/inventory.json {folder}/site.yml"),
        )
