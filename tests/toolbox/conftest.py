"""A toolbox of its own for each test: empty cache, empty home, nothing on the PATH but the system."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from aiotctl.model.events import ToolProgress
from aiotctl.toolbox.pins import Download, Pin
from aiotctl.toolbox.settings import Settings

MEMBER = "greeter-1.2.3/usr/bin/greeter"
PROGRAM = b"#!/bin/sh\n# " + b"x" * 1_000_000 + b"\necho greeter 1.2.3\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    return Settings(
        cache=tmp_path / "cache" / "programs",
        arch="amd64",
        prefix=Path(sys.prefix),
        environment={"HOME": str(home), "PATH": "/usr/bin:/bin"},
    )


@pytest.fixture
def events() -> list[ToolProgress]:
    return []


def greeter(url: str = "", content: bytes = b"", **more: object) -> Pin:
    """A pin of a small program; with a URL, its archive there has the checksum of `content`."""
    sha256 = (("amd64", hashlib.sha256(content).hexdigest()),)
    facts: dict[str, object] = {
        "name": "greeter",
        "version": "1.2.3",
        "fits_from": "1.2",
        "fits_below": "2",
        "licence": "MIT",
        "home": "",
        "command": "greeter",
        "version_arguments": ("--version",),
        "version_pattern": r"greeter (\d+\.\d+\.\d+)",
        "on_path": True,
        "download": Download(f"{url}/greeter-{{version}}_{{arch}}.tar.gz", MEMBER, sha256) if url else None,
    }
    return Pin(**(facts | more))  # pyright: ignore[reportArgumentType]
