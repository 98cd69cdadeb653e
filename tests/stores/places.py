"""The places that keep record and vault, as the tests of what all of them promise use them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import obstore
from obstore.store import ObjectStore

from aiotctl.diagnostics import Diagnostic
from aiotctl.engine.protocols import Store, Vault
from aiotctl.stores import open_vault
from aiotctl.stores.blobs.protocol import Blobs
from aiotctl.stores.blobs.store import BlobStore
from aiotctl.stores.file import FileStore

Tell = Callable[[Diagnostic], object]


def ignore(_: Diagnostic) -> None:
    """Is told and does nothing."""


class Place(ABC):
    """A place of one environment. What lies there can be looked at and damaged, as anybody could."""

    @property
    @abstractmethod
    def url(self) -> str:
        """What ``open_store`` is given."""

    @abstractmethod
    def store(self, tell: Tell = ignore, **options: float) -> Store: ...

    def vault(self, project: Path) -> Vault:
        return open_vault(self.url, project)

    @abstractmethod
    def name(self, key: str) -> str:
        """What people are told of it."""

    @abstractmethod
    def read(self, key: str) -> bytes | None: ...

    @abstractmethod
    def write(self, key: str, content: bytes) -> None: ...

    @abstractmethod
    def remove(self, key: str) -> None: ...

    @abstractmethod
    def listing(self, below: str = "") -> list[str]: ...


@dataclass
class Folder(Place):
    """A folder of this machine."""

    folder: Path

    @property
    def url(self) -> str:
        return str(self.folder)

    def store(self, tell: Tell = ignore, **options: float) -> Store:
        return FileStore(self.folder, tell, **options)

    def name(self, key: str) -> str:
        return str(self.folder / key)

    def read(self, key: str) -> bytes | None:
        path = self.folder / key
        return path.read_bytes() if path.exists() else None

    def write(self, key: str, content: bytes) -> None:
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)

    def remove(self, key: str) -> None:
        (self.folder / key).unlink()

    def listing(self, below: str = "") -> list[str]:
        start = self.folder / below
        return sorted(str(path.relative_to(self.folder)) for path in start.rglob("*") if path.is_file())


class Server(Protocol):
    """A server of buckets."""

    def url(self, prefix: str, endpoint: str = "") -> str: ...

    def store(self) -> ObjectStore: ...

    def opened(self, url: str) -> Blobs: ...


@dataclass
class Bucket(Place):
    """A prefix of a bucket of a real server. ``endpoint`` may be something between here and the server."""

    server: Server
    prefix: str
    endpoint: str = ""

    @property
    def url(self) -> str:
        return self.server.url(self.prefix, self.endpoint)

    def store(self, tell: Tell = ignore, **options: float) -> Store:
        return BlobStore(self.server.opened(self.url), tell, **options)

    def name(self, key: str) -> str:
        return f"{self.url.partition('?')[0]}/{key}"

    def read(self, key: str) -> bytes | None:
        try:
            found = bytes(obstore.get(self.server.store(), f"{self.prefix}/{key}").bytes())
        except FileNotFoundError:
            return None
        return found or None

    def write(self, key: str, content: bytes) -> None:
        obstore.put(self.server.store(), f"{self.prefix}/{key}", content)

    def remove(self, key: str) -> None:
        obstore.delete(self.server.store(), f"{self.prefix}/{key}")

    def listing(self, below: str = "") -> list[str]:
        start = f"{self.prefix}/{below}".rstrip("/")
        pages = obstore.list(self.server.store(), start)
        return sorted(entry["path"].removeprefix(f"{self.prefix}/") for page in pages for entry in page)
