"""The folder that hosts get to run agents: aiotctl's own and the libraries they need, for the host's Python.

Its libraries come from wheels with pinned hashes, for the Python of Debian 12, whatever this machine runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from importlib.resources import as_file, files
from pathlib import Path

from aiotctl import __version__
from aiotctl.toolbox.digest import digest_of
from aiotctl.toolbox.settings import Settings, from_environment
from aiotctl.toolbox.store import discard, sole_writer
from aiotctl.toolbox.tool import Origin, Tell, Tool, ToolError
from aiotctl.toolbox.ways import FORBIDDEN, child

NAME = "agents"
PYTHON = "3.11"
PLATFORMS = {"amd64": "x86_64", "arm64": "aarch64"}
TAGS = ("manylinux_2_28", "manylinux_2_17", "manylinux2014")
"""Platform tags of wheels that run on Debian 12 (glibc 2.36)."""

SOURCES = (
    "__init__.py",
    "agents/__init__.py",
    "agents/job.py",
    "agents/maintenance.py",
    "agents/lake_export",
)
LEFT_OUT = ("pyarrow/include", "pyarrow/tests", "pyarrow/src", "pyarrow/includes")
"""What only compiling against Arrow needs."""

_LABEL = "tool.json"


def agents_tree(arch: str, tell: Tell, settings: Settings | None = None) -> Tool:
    """The folder for hosts of one architecture (``amd64``, ``arm64``), made where it is not in the cache."""
    settings = settings or from_environment()
    shelf = settings.cache / NAME
    final = shelf / f"{__version__}-{arch}-{_key()}"
    if tool := _kept(final):
        return tool
    with sole_writer(NAME, settings, tell):
        return _kept(final) or _make(final, arch, settings, tell)


def _kept(folder: Path) -> Tool | None:
    try:
        label = json.loads((folder / _LABEL).read_text("utf-8"))
        return Tool(NAME, __version__, folder / "tree", label["digest"], Origin.WHEEL)
    except (OSError, ValueError, KeyError):
        return None


def _make(final: Path, arch: str, settings: Settings, tell: Tell) -> Tool:
    made = final.with_name(f".draft-{os.getpid()}")
    try:
        made.mkdir(parents=True)
        _libraries(made, arch, settings, tell)
        _own(made / "tree")
        digest = digest_of(made / "tree")
        (made / _LABEL).write_text(json.dumps({"digest": digest}), "utf-8")
        discard(final)
        made.rename(final)
    finally:
        discard(made)
    return Tool(NAME, __version__, final / "tree", digest, Origin.WHEEL)


def _libraries(made: Path, arch: str, settings: Settings, tell: Tell) -> None:
    if settings.offline:
        raise _missing(FORBIDDEN)
    machine = PLATFORMS.get(arch, arch)
    with as_file(files(__package__ or "").joinpath("agents.lock")) as lock:
        command = [
            *(str(settings.prefix / "bin/python"), "-m", "pip", "--quiet", "--disable-pip-version-check"),
            *("install", "--no-deps", "--no-compile", "--only-binary=:all:", "--require-hashes"),
            *("--python-version", PYTHON, "--implementation", "cp", "--target", str(made / "tree")),
            *(word for tag in TAGS for word in ("--platform", f"{tag}_{machine}")),
            *("-r", str(lock)),
        ]
        progress = (NAME, "fetch")
        code, said = child.run(command, settings.environment, made, tell, progress)
    if code != 0:
        raise _missing(said.strip().splitlines()[-1] if said.strip() else f"pip ended with {code}")
    for name in LEFT_OUT:
        shutil.rmtree(made / "tree" / name, ignore_errors=True)


def _own(tree: Path) -> None:
    package = files("aiotctl")
    for name in SOURCES:
        with as_file(package.joinpath(name)) as source:
            target = tree / "aiotctl" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, target)


def _key() -> str:
    """Changes with any byte of the lock and of our own sources."""
    whole = hashlib.sha256(files(__package__ or "").joinpath("agents.lock").read_bytes())
    package = files("aiotctl")
    for name in SOURCES:
        with as_file(package.joinpath(name)) as source:
            whole.update(_digest_of_sources(source).encode())
    return whole.hexdigest()[:12]


def _digest_of_sources(path: Path) -> str:
    """SHA-256 over the Python files at a place."""
    found = sorted(path.glob("*.py")) if path.is_dir() else [path]
    return hashlib.sha256(b"\0".join(file.name.encode() + file.read_bytes() for file in found)).hexdigest()


def _missing(why: str) -> ToolError:
    return ToolError(
        "agents-missing",
        "The libraries that agents on hosts need cannot be had",
        why,
        "They come from the Python package index: see that pip reaches it (PIP_INDEX_URL, proxies).",
    )
