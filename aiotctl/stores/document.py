"""A small piece of bytes under one name that several programs read and change, each change as one step.

Lock and vault are such documents. In a folder a change is made under a file lock; in a bucket it is a
conditional write that is tried again (``blobs/document.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from shlex import quote
from typing import Protocol

from aiotctl.stores import durable

Change = Callable[[bytes | None], bytes | None]
"""Gets what is there (None where nothing is) and gives what is to be there; the same object for no change.

It may be called again where another program was quicker, and may raise: then nothing is changed.
"""


class Document(Protocol):
    """One document at a place that can change it as one step. Every method may raise AiotctlError."""

    @property
    def name(self) -> str:
        """What people find it by: a path or a URL."""
        ...

    @property
    def removal(self) -> str:
        """The command that removes it by hand."""
        ...

    def prepare(self) -> None:
        """Makes what it will lie in."""
        ...

    def read(self) -> bytes | None:
        """What is there; the same object again as long as it has not changed. None where nothing is."""
        ...

    def change(self, work: Change) -> None:
        """Changes it as one step, durably."""
        ...

    def holding(self) -> AbstractContextManager[bytes | None]:
        """What is there, for the moment of a write elsewhere in the store.

        In a folder nobody changes the document meanwhile. In a bucket somebody can, so what is written then
        has to be conditional by itself.
        """
        ...


class FileDocument:
    """A file, never half written; whoever changes it holds the guard beside it for that moment."""

    def __init__(self, path: Path, guard: Path) -> None:
        self._path = path
        self._guard = guard
        self._seen: tuple[tuple[int, int, int], bytes] | None = None

    @property
    def name(self) -> str:
        """Its path."""
        return str(self._path)

    @property
    def removal(self) -> str:
        """The command that removes it by hand."""
        return f"rm {quote(str(self._path))}"

    def prepare(self) -> None:
        """Makes its folder, for its owner alone."""
        durable.make_folder(self._path.parent)

    def read(self) -> bytes | None:
        """The file's bytes, read again only when it has changed."""
        try:
            status = self._path.stat()
            mark = (status.st_ino, status.st_mtime_ns, status.st_size)
            if self._seen is None or self._seen[0] != mark:
                self._seen = (mark, self._path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise durable.unusable(self._path, error) from error
        return self._seen[1]

    def change(self, work: Change) -> None:
        """Replaces or removes the file while no other program does."""
        with durable.exclusive(self._guard):
            former = self.read()
            content = work(former)
            if content is former:
                return
            if content is not None:
                durable.write(self._path, content)
                return
            with durable.usable(self._path):
                self._path.unlink(missing_ok=True)
                durable.sync_folder(self._path.parent)

    @contextmanager
    def holding(self) -> Generator[bytes | None]:
        """The file's bytes, while no other program changes it."""
        with durable.exclusive(self._guard):
            yield self.read()
