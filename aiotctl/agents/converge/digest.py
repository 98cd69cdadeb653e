"""Digests of texts, files and trees, and the key that tells whether to compute one again."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path


def text_digest(text: str) -> str:
    """Digest of a text as UTF-8."""
    return bytes_digest(text.encode("utf-8", "surrogateescape"))


def bytes_digest(data: bytes) -> str:
    """Digest of bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def json_digest(value: object) -> str:
    """Digest of a JSON value, independent of the order of keys."""
    return text_digest(json.dumps(value, sort_keys=True, separators=(",", ":")))


def path_digest(path: Path) -> str:
    """SHA-256 of a file; of a folder, over the names, modes and contents of all that is in it.

    The same as `aiotctl.toolbox.digest.digest_of`, which says what a program must be.
    """
    if not path.is_dir():
        return _file_sha256(path)
    total = hashlib.sha256()
    for relative, found in _tree(path):
        entry = path / relative
        if stat.S_ISLNK(found.st_mode):
            line = f"link {relative} {entry.readlink()}"
        else:
            line = f"file {relative} {'x' if found.st_mode & 0o100 else '-'} {_file_sha256(entry)}"
        total.update(f"{line}\n".encode())
    return total.hexdigest()


def stat_key(path: Path) -> str:
    """A key that changes when file or tree may have: size, modification time and inode of each part."""
    entries = _tree(path) if path.is_dir() else [(".", path.stat())]
    return text_digest(
        "\0".join(f"{name} {s.st_size} {s.st_mtime_ns} {s.st_ino} {s.st_mode}" for name, s in entries)
    )


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _tree(top: Path) -> list[tuple[str, os.stat_result]]:
    """Files and links below a folder: relative path and lstat, sorted."""
    found: list[tuple[str, os.stat_result]] = []
    folders = [""]
    while folders:
        folder = folders.pop()
        for entry in os.scandir(f"{top}/{folder}"):
            if not entry.is_dir(follow_symlinks=False):
                found.append((folder + entry.name, entry.stat(follow_symlinks=False)))
            else:
                folders.append(f"{folder}{entry.name}/")
    return sorted(found, key=lambda item: item[0])
