"""What is asked of a bucket: whole objects, and writes that happen only if nobody wrote in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

Tag = Mapping[str, str | None]
"""Names one version of one object, in the bucket's own terms; only good for handing back."""


class Blob(NamedTuple):
    """An object as it was read."""

    content: bytes
    tag: Tag


class Blobs(Protocol):
    """The objects below a prefix of a bucket. Every method may raise AiotctlError, with the remedy.

    A write is whole or not at all, durable when it returns, and seen by every later read and listing: all
    three clouds and SeaweedFS promise that.
    """

    @property
    def where(self) -> str:
        """The URL of the prefix, for people."""
        ...

    def name(self, key: str) -> str:
        """An object's URL, for people."""
        ...

    def copy_command(self, source: str, target: str) -> str:
        """The command of the cloud's own tool that copies one object over another."""
        ...

    def remove_command(self, key: str) -> str:
        """The command of the cloud's own tool that removes an object."""
        ...

    def get(self, key: str, known: Blob | None = None) -> Blob | None:
        """An object, None where there is none. ``known`` itself where it is still the one that is there."""
        ...

    def create(self, key: str, content: bytes) -> Tag | None:
        """Writes an object where there is none; None where there is one."""
        ...

    def replace(self, key: str, content: bytes, tag: Tag) -> Tag | None:
        """Replaces the version that ``tag`` names; None where it is another, or none."""
        ...

    def put(self, key: str, content: bytes) -> None:
        """Writes an object, whatever is there."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """The keys below a prefix that ends with ``/``, sorted."""
        ...

    def delete(self, keys: Sequence[str]) -> None:
        """Deletes objects; those that are not there are no error."""
        ...
