"""A packed toolbox: one file with the programs, for machines without a network."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from aiotctl.model.events import ToolProgress
from aiotctl.toolbox.digest import digest_of, keys
from aiotctl.toolbox.pins import Pin, pins
from aiotctl.toolbox.settings import Settings, from_environment
from aiotctl.toolbox.store import Draft
from aiotctl.toolbox.tool import Origin, Tell, Tool, ToolError
from aiotctl.toolbox.ways import Closed, Open, Way

_INDEX = "bundle.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Packed:
    """One program of a bundle, with the key and origin that the cache of the packing machine knew it by."""

    name: str
    version: str
    key: str
    digest: str
    origin: str


def pack(target: Path, tools: Iterable[Tool], tell: Tell, settings: Settings | None = None) -> None:
    """Writes the bundle; it appears whole or not at all."""
    chosen = settings or from_environment()
    programs = [tool for tool in tools if pins()[tool.name].bundled]
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with tarfile.open(unfinished, "w:gz", compresslevel=1) as tar:
            _add_index(tar, [_packed(tool, chosen) for tool in programs], chosen.arch)
            for count, tool in enumerate(programs):
                tell(ToolProgress(tool.name, "pack", count, len(programs)))
                tar.add(tool.path, arcname=tool.name, filter=_anonymous)
        unfinished.replace(target)
    except OSError as error:
        raise _unusable(target, f"it cannot be written: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def contents(bundle: Path, settings: Settings) -> dict[str, Packed]:
    """What a bundle holds, by name; a ToolError where it is none, or is made for another architecture."""
    with _opened(bundle) as tar:
        first = tar.next()
        file = tar.extractfile(first) if first and first.name == _INDEX else None
        if not file:
            raise _unusable(bundle, "it is no bundle of programs")
        index = json.loads(file.read())
    if index["format"] != _FORMAT:
        raise _unusable(bundle, f"its format {index['format']} is unknown to this version of aiotctl")
    if index["arch"] != settings.arch:
        raise _unusable(bundle, f"it was packed for {index['arch']}, this machine is {settings.arch}")
    return {entry["name"]: Packed(**entry) for entry in index["programs"]}


def way(pin: Pin, settings: Settings) -> Way | None:
    """Taking the program from the bundle that AIOTCTL_TOOLS_BUNDLE names."""
    bundle = settings.bundle
    if not bundle or not pin.bundled:
        return None
    how = str(bundle)
    try:
        packed = contents(bundle, settings).get(pin.name)
    except ToolError as error:
        return Closed(Origin.BUNDLE, how, error.diagnostics[0].detail)
    if not packed:
        return Closed(Origin.BUNDLE, how, f"it does not hold {pin.name}")
    if packed.key not in keys(pin, settings.arch).values():
        return Closed(Origin.BUNDLE, how, f"its {pin.name} {packed.version} is what another aiotctl wanted")
    return Open(Origin.BUNDLE, how, lambda made, tell: _extract(pin, bundle, packed, made, tell))


def _extract(pin: Pin, bundle: Path, packed: Packed, made: Draft, tell: Tell) -> None:
    """Unpacks one program. Names that lead out of it are refused; the digest must be the index's."""
    tell(ToolProgress(pin.name, "unpack", 0, 0))
    with _opened(bundle) as tar:
        for entry in tar:
            inside = PurePosixPath(entry.name)
            if inside.parts[0] != pin.name:
                continue
            if ".." in inside.parts or inside.is_absolute() or not _is_plain(entry):
                raise _unusable(bundle, f"{entry.name} leads out of the bundle")
            _write(tar, entry, made.program.joinpath(*inside.parts[1:]))
    if digest_of(made.program) != packed.digest:
        raise _unusable(bundle, f"{pin.name} in it is damaged")


def _write(tar: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> None:
    """One member as a file of ours: nothing of the packing machine's owners, rights or times comes along."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if entry.issym():
        path.symlink_to(entry.linkname)
    elif entry.isdir():
        path.mkdir(exist_ok=True)
    elif content := tar.extractfile(entry):
        with content, path.open("wb") as file:
            shutil.copyfileobj(content, file)
        path.chmod(0o755 if entry.mode & 0o100 else 0o644)


def _is_plain(entry: tarfile.TarInfo) -> bool:
    if entry.issym():
        target = PurePosixPath(entry.linkname)
        return not target.is_absolute() and ".." not in target.parts
    return entry.isfile() or entry.isdir()


def _packed(tool: Tool, settings: Settings) -> Packed:
    known = keys(pins()[tool.name], settings.arch)
    origin = tool.origin if tool.origin in known else next(iter(known))
    return Packed(tool.name, tool.version, known[origin], digest_of(tool.path), origin)


def _add_index(tar: tarfile.TarFile, programs: list[Packed], arch: str) -> None:
    index = {"format": _FORMAT, "arch": arch, "programs": [asdict(packed) for packed in programs]}
    content = json.dumps(index, indent=1).encode()
    entry = tarfile.TarInfo(_INDEX)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


@contextmanager
def _opened(bundle: Path) -> Generator[tarfile.TarFile]:
    try:
        with tarfile.open(bundle, "r:gz") as tar:
            yield tar
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _unusable(bundle, f"it cannot be read: {reason}") from error


def _unusable(bundle: Path, why: str) -> ToolError:
    return ToolError(
        "tool-bundle",
        "The bundle of programs cannot be used",
        f"{bundle}: {why}",
        "Pack it anew: `aiotctl tools bundle FILE`, with this version, on a machine of this architecture.",
    )
