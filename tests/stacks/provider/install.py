"""Puts the clouds' programs where Pulumi's engine finds them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.stacks.provider.control import FOLDER
from tests.stacks.provider.sdk import PACKAGES

ROOT = Path(__file__).parents[3]


def install(folder: Path, path: str) -> Mapping[str, str]:
    """Writes ``pulumi-resource-CLOUD`` for every cloud; gives the environment in which the engine uses them.

    ``folder`` keeps programs, holdings and orders; ``path`` is the PATH that they are put before.
    """
    programs = folder / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    for cloud in PACKAGES:
        program = programs / f"pulumi-resource-{cloud}"
        program.write_text(
            f"#!/bin/sh\ncd {shlex.quote(str(ROOT))}\n"
            f'exec {shlex.quote(sys.executable)} -m tests.stacks.provider {cloud} "$@"\n',
            encoding="utf-8",
        )
        program.chmod(0o755)
    return {FOLDER: str(folder), "PATH": f"{programs}:{path}", "PULUMI_SKIP_UPDATE_CHECK": "1"}
