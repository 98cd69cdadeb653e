"""Digests of texts, files and trees, and the key that tells whether to compute one again."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path

_BLOCK = 1 << 20


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
    """Digest of a file's bytes, or of a tree: sorted relative paths, executable bits, bytes.

    Symbolic links count by their target's text; what a tree's link points to is not followed.
    """
    if not path.is_dir():
        return "sha256:" + _file_sha256(path).hexdigest()
    total = hashlib.sha256()
    for relative, found in _tree(path):
        entry = path / relative
        if stat.S_ISLNK(found.st_mode):
            content, kind = os.fsencode(entry.readlink()), b"l"
        else:
            content, kind = _file_sha256(entry).digest(), b"x" if found.st_mode & 0o100 else b"f"
        total.update(kind + os.fsencode(relative) + b"\0" + content + b"\0")
    return "sha256:" + total.hexdigest()


def stat_key(path: Path) -> str:
    """A key that changes when file or tree may have: size, modification time and inode of each part."""
    entries = _tree(path) if path.is_dir() else [(".", path.stat())]
    return text_digest(
        "\0".join(f"{name} {s.st_size} {s.st_mtime_ns} {s.st_ino} {s.st_mode}" for name, s in entries)
    )


def _file_sha256(path: Path) -> hashlib._Hash:  # pyright: ignore[reportPrivateUsage]
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest


def _tree(top: Path) -> list[tuple[str, os.stat_result]]:
    """Files and links below a folder: relative path and lstat, sorted."""
    found: list[tuple[str, os.stat_result]] = []
    folders = [""]
    while folders:
        folder = folders.pop()
        for entry in os.scandir(top / folder):
            if not entry.is_dir(follow_symlinks=False):
                found.append((folder + entry.name, entry.stat(follow_symlinks=False)))
            elif entry.name != "__pycache__":  # made by running, not part of the program
                folders.append(f"{folder}{entry.name}/")
    return sorted(found, key=lambda item: item[0])
