"""Files written whole or not at all, and removed without following links out of the root."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from .digest import path_digest
from .errors import ConvergeError
from .users import Account


def write_whole(path: Path, data: bytes, mode: int, account: Account | None) -> None:
    """Replaces a file by temporary file, fsync and rename; its mode is set before any byte is in it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            if account is not None:
                os.fchown(file.fileno(), account.uid, account.gid)
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Makes renames and removals in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def under(root: Path, relative: str) -> Path:
    """The path under the root; refused when a folder on the way is a link or no folder."""
    place = root / relative
    for folder in reversed(place.parents[: len(Path(relative).parts) - 1]):
        try:
            kind = folder.lstat().st_mode
        except FileNotFoundError:
            break
        if not stat.S_ISDIR(kind):
            raise ConvergeError(
                f"{folder} is not a folder", "a folder is wanted there", "move it away and apply again"
            )
    return place


def make_parents(root: Path, relative: str) -> Path:
    """The path under the root, the folders above it made (0755)."""
    place = under(root, relative)
    for folder in reversed(place.parents[: len(Path(relative).parts) - 1]):
        if not folder.exists():
            make_directory(folder, 0o755, None)
    return place


def make_directory(path: Path, mode: int, account: Account | None) -> None:
    """A directory with this mode and owner, whatever the umask."""
    if not path.is_dir():
        path.mkdir(mode=0o700)
    if account is not None:
        os.chown(path, account.uid, account.gid)
    path.chmod(mode)


def deliver(source: Path, target: Path, digest: str) -> None:
    """Copies a program, file or tree, beside its place and then into it, for any user to run.

    Raises ConvergeError when the copy has not the expected digest; a source that was staged below it goes, so
    that the next run brings it anew. A tree cannot replace a tree in one step: the old one is renamed away
    first.
    """
    fresh = target.with_name(f".{target.name}.fresh")
    old = target.with_name(f".{target.name}.old")
    remove(fresh)
    remove(old)
    if source.is_dir():
        shutil.copytree(source, fresh, symlinks=True)
    else:
        shutil.copy2(source, fresh)
    _open_to_all(fresh)
    if path_digest(fresh) != digest:
        remove(fresh)
        if source.parent.name == digest:
            remove(source)
        raise ConvergeError(f"{source} is not the expected program", f"its digest is not {digest}")
    if target.is_dir():
        target.replace(old)
    fresh.replace(target)
    remove(old)
    sync_directory(target.parent)


def _open_to_all(top: Path) -> None:
    """Lets every user read what its owner can, and execute and enter likewise."""
    below = [Path(folder, name) for folder, folders, files in os.walk(top) for name in folders + files]
    for entry in (top, *below):
        if not entry.is_symlink():
            mode = entry.stat().st_mode
            entry.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))


def remove(path: Path) -> None:
    """Removes a file, a link or a whole tree; one that is not there is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_if_empty(path: Path) -> bool:
    """Removes a directory that holds nothing; tells whether it is gone."""
    with contextlib.suppress(OSError):
        path.rmdir()
    return not path.is_dir()


def leftovers(folder: Path) -> list[Path]:
    """Temporary files of writes that were killed."""
    with contextlib.suppress(OSError):
        return [
            p for p in folder.iterdir() if p.name.startswith(".") and p.name.endswith(".new") and p.is_file()
        ]
    return []
