"""The objects below a prefix of a bucket, over obstore: the same code for S3, GCS and Azure."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from aiotctl.errors import AiotctlError
from aiotctl.stores.blobs import trouble
from aiotctl.stores.blobs.location import Location
from aiotctl.stores.blobs.protocol import Blob, Tag

if TYPE_CHECKING:
    from obstore import GetOptions, PutMode, UpdateVersion
    from obstore.store import ObjectStore


_AGAIN_S = (0.2, 1.0)
"""Pauses before a conditional write that got no answer is made again."""


@dataclass(frozen=True, slots=True)
class Words:
    """What people call things at one cloud: ``copy`` and ``remove`` are commands with the URLs to come.

    ``credentials`` says where they are taken from; ``endpoint`` what the requests go to.
    """

    copy: Callable[[str, str], str]
    remove: Callable[[str], str]
    credentials: str
    endpoint: str


class Bucket:
    """Blobs over obstore. ``opened`` makes obstore's store, when the first request is made."""

    def __init__(self, location: Location, words: Words, opened: Callable[[], ObjectStore]) -> None:
        self._location = location
        self._words = words
        self._open = opened
        self._opened: ObjectStore | None = None

    @property
    def where(self) -> str:
        """The URL of the prefix, without its parameters."""
        return self._location.url

    def name(self, key: str) -> str:
        """An object's URL."""
        return f"{self._location.url}/{key}"

    def copy_command(self, source: str, target: str) -> str:
        """The command that copies one object over another."""
        return self._words.copy(self.name(source), self.name(target))

    def remove_command(self, key: str) -> str:
        """The command that removes an object."""
        return self._words.remove(self.name(key))

    def get(self, key: str, known: Blob | None = None) -> Blob | None:
        """An object; ``known`` itself where the server says that it has not changed."""
        import obstore
        from obstore.exceptions import NotModifiedError

        options: GetOptions = {}
        if known is not None and (etag := known.tag.get("e_tag")):
            options["if_none_match"] = etag
        with self._told(key):
            try:
                found = obstore.get(self._store, self._key(key), options=options)
                content = bytes(found.bytes())
            except NotModifiedError:
                return known
            except FileNotFoundError as error:
                self._check_bucket(error)
                return None
            meta = found.meta
            return Blob(content, {"e_tag": meta["e_tag"], "version": meta["version"]})

    def create(self, key: str, content: bytes) -> Tag | None:
        """Writes an object where there is none."""
        return self._put_if(key, content, "create")

    def replace(self, key: str, content: bytes, tag: Tag) -> Tag | None:
        """Replaces the version that ``tag`` names."""
        version = {name: value for name, value in tag.items() if value is not None}
        return self._put_if(key, content, cast("UpdateVersion", version))

    def _put_if(self, key: str, content: bytes, mode: PutMode) -> Tag | None:
        """A conditional write, made again where the connection failed: then it may be refused because it was
        made the first time, and whoever asked for it looks whether what is there is its own.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, GenericError, PreconditionError

        with self._told(key):
            for pause in (*_AGAIN_S, None):
                try:
                    return _tag(obstore.put(self._store, self._key(key), content, mode=mode))
                except (AlreadyExistsError, PreconditionError):
                    return None
                except FileNotFoundError as error:
                    self._check_bucket(error)
                    return None
                except GenericError as error:
                    if pause is None or not trouble.is_network(error):
                        raise
                    time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def put(self, key: str, content: bytes) -> None:
        """Writes an object, whatever is there."""
        import obstore

        with self._told(key):
            obstore.put(self._store, self._key(key), content, use_multipart=False)

    def keys(self, prefix: str) -> list[str]:
        """The keys below a prefix, sorted."""
        import obstore

        with self._told(prefix):
            pages = obstore.list(  # pyright: ignore[reportUnknownMemberType]
                self._store, self._key(prefix).rstrip("/"), chunk_size=1000
            )
            found = [entry["path"] for page in pages for entry in page]
        return sorted(path.removeprefix(self._location.prefix) for path in found)

    def delete(self, keys: Sequence[str]) -> None:
        """Deletes objects, many in one request where the server can."""
        import obstore

        with self._told(keys[0] if keys else ""):
            try:
                if keys:
                    obstore.delete(self._store, [self._key(key) for key in keys])
            except FileNotFoundError as error:
                self._check_bucket(error)
                for key in keys:  # the others may not have been deleted
                    self._delete_one(key)

    def _delete_one(self, key: str) -> None:
        import obstore

        try:
            obstore.delete(self._store, self._key(key))
        except FileNotFoundError:
            return

    def _key(self, key: str) -> str:
        return self._location.prefix + key

    @property
    def _store(self) -> ObjectStore:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    @contextmanager
    def _told(self, key: str) -> Generator[None]:
        """Turns what the bucket's server or the network says into an error for the user."""
        from obstore.exceptions import BaseError

        try:
            yield
        except AiotctlError:
            raise
        except (BaseError, FileNotFoundError, ValueError, OSError) as error:
            raise self._trouble(key, error) from error

    def _check_bucket(self, error: FileNotFoundError) -> None:
        if trouble.is_bucket_missing(error):
            raise self._trouble("", error) from error

    def _trouble(self, key: str, error: Exception) -> AiotctlError:
        return trouble.of(error, self.name(key), self._location.bucket, self._words)


def _tag(written: Any) -> Tag:
    return {"e_tag": written["e_tag"], "version": written["version"]}
