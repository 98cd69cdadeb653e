"""Logging in to machines that a stack made: with aiotctl's own key, to keys that it made itself."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from aiotctl.access.ssh_keys import public_half
from aiotctl.backends.private_folder import private_folder
from aiotctl.engine.protocols import Vault
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.names import LOGIN_KEY, host_key


@dataclass(frozen=True, slots=True)
class Logins:
    """Keys of an environment's machines, from its vault."""

    vault: Vault

    def __call__(self, place: HostPlace) -> HostPlace:
        """The place with the file of the login's key and that of the machine's known key. OpenSSH reads them
        from a private folder, which goes with this process.
        """
        if not place.stack:
            return place
        known = host_key(place.machine)
        values = self.vault.values([LOGIN_KEY, known])
        machine = _file(f"{place.machine} {public_half(values[known])}\n")
        return replace(place, key=_file(values[LOGIN_KEY]), known_hosts=machine)


def brought_along(text: str, folder: Path, named: str) -> str:
    """A text that names files of this process, with the files copied into a folder; ``named`` is how the text
    calls that folder then. Only what names one of them makes the folder.
    """
    if not _folder.cache_info().currsize:
        return text
    here = f"{_folder()}/"
    for file in _folder().iterdir():
        if f"{here}{file.name}" in text:
            folder.mkdir(mode=0o700, exist_ok=True)
            shutil.copy2(file, folder)
    return text.replace(here, f"{named}/")


@cache
def _folder() -> Path:
    stack = ExitStack()
    folder = stack.enter_context(private_folder())
    atexit.register(stack.close)
    return folder


def _file(content: str) -> str:
    """A file with this content that only its owner may read."""
    path = _folder() / hashlib.sha256(content.encode()).hexdigest()[:16]
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
    return str(path)
