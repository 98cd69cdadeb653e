"""A document in a bucket, changed by conditional writes that are tried again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from aiotctl.errors import Exit, failure
from aiotctl.stores.blobs.protocol import Blob, Blobs
from aiotctl.stores.document import Change

_ATTEMPTS = 12
FRESH_S = 1.0
"""So long a document that was read is given again without asking. What must not be old is never taken from
there: a change and the moment of a write always ask.
"""


class BlobDocument:
    """A Document in one object. Nothing in it (no bytes) counts as no document.

    Buckets have no conditional delete that all of them honour; so what is removed is emptied, by the same
    conditional write as any other change.
    """

    def __init__(
        self, blobs: Blobs, key: str, *, fresh_s: float = FRESH_S, first: Callable[[str], None] | None = None
    ) -> None:
        """``first`` is called with the key when this document was the first to be written there."""
        self._blobs = blobs
        self._key = key
        self._first = first
        self._fresh_s = fresh_s
        self._seen: Blob | None = None
        self._asked = -fresh_s

    @property
    def name(self) -> str:
        """Its URL."""
        return self._blobs.name(self._key)

    @property
    def removal(self) -> str:
        """The command that removes it by hand."""
        return self._blobs.remove_command(self._key)

    def prepare(self) -> None:
        """A bucket has no folders to make."""

    def read(self) -> bytes | None:
        """What is there, or was a moment ago; the same object as long as it has not changed."""
        if time.monotonic() - self._asked >= self._fresh_s:
            self._ask()
        return _content(self._seen)

    def change(self, work: Change) -> None:
        """Changes it as one step: what ``work`` makes of one version replaces that version and no other."""
        pause = 0.02
        for _ in range(_ATTEMPTS):
            former = self._ask()
            content = work(_content(former))
            if content is _content(former) or self._written(former, content or b""):
                return
            time.sleep(pause * random.uniform(0.5, 1.5))
            pause *= 2
        raise failure(
            "document-busy",
            "An environment's state is changed by others all the time",
            f"{self.name} was changed by another program in each of {_ATTEMPTS} attempts. Nothing was "
            "written.",
            "Run the command again.",
            Exit.LOCKED,
        )

    @contextmanager
    def holding(self) -> Generator[bytes | None]:
        """What is there at this moment."""
        yield _content(self._ask())

    def _ask(self) -> Blob | None:
        asked = time.monotonic()
        found = self._blobs.get(self._key, self._seen)
        self._seen, self._asked = found, asked
        return found

    def _written(self, former: Blob | None, content: bytes) -> bool:
        if former is None:
            tag = self._blobs.create(self._key, content)
        else:
            tag = self._blobs.replace(self._key, content, former.tag)
        if tag is not None:
            self._seen, self._asked = Blob(content, tag), time.monotonic()
            if former is None and self._first is not None:
                self._first(self._key)
            return True
        # Refused, but perhaps only when it was sent again, because the first answer was lost on its way.
        found = self._ask()
        return found is not None and found.content == content and content != b""


def _content(blob: Blob | None) -> bytes | None:
    return blob.content or None if blob is not None else None
