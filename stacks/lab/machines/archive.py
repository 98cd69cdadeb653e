"""Files for a container, as the archive that podman unpacks in it."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """A file's content, mode and owner (user and group by number)."""

    content: bytes
    mode: int = 0o644
    owner: int = 0


def archive(files: Mapping[str, File]) -> bytes:
    """A tar archive of files by their paths, which begin without a slash."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for path, file in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(file.content), file.mode
            member.uid = member.gid = file.owner
            member.mtime = int(time.time())
            made.addfile(member, io.BytesIO(file.content))
    return buffer.getvalue()


def extract(archived: bytes) -> bytes:
    """The content of the only file in an archive."""
    with tarfile.open(fileobj=io.BytesIO(archived)) as found:
        file = found.extractfile(found.getmembers()[0])
        return file.read() if file else b""
