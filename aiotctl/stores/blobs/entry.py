"""A kind of bucket as a place for record and vault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aiotctl.stores.blobs.bucket import Bucket
from aiotctl.stores.blobs.document import BlobDocument
from aiotctl.stores.blobs.store import VAULT, BlobStore
from aiotctl.stores.entry import Notify, StoreEntry, always_ready, beside
from aiotctl.stores.vault import AgeVault, open_keyring


def entry_of(
    bucket: Callable[[str], Bucket],
    pulumi: Callable[[str, str], str] = beside,
    ready: Callable[[str, str, str, str], None] = always_ready,
) -> StoreEntry:
    """The entry of a kind of bucket; ``bucket`` opens the one at a URL, the others are as in StoreEntry."""

    def store(url: str, notify: Notify) -> BlobStore:
        return BlobStore(bucket(url), notify)

    def vault(url: str, project: Path) -> AgeVault:
        return AgeVault(BlobDocument(bucket(url), VAULT), open_keyring(project))

    return StoreEntry(store=store, vault=vault, pulumi=pulumi, ready=ready)
