"""Record and vault in a bucket of Google Cloud Storage: ``gs://bucket/prefix``.

Written for the service's own conditional writes (generations); the tests run the same code against other
servers, not against the service itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiotctl.stores.blobs.bucket import Bucket, Words
from aiotctl.stores.blobs.entry import entry_of
from aiotctl.stores.blobs.location import Location, location_of
from aiotctl.stores.blobs.session import CLIENT, retries

if TYPE_CHECKING:
    from obstore.store import GCSStore

_WORDS = Words(
    copy=lambda source, target: f"gcloud storage cp {source} {target}",
    remove=lambda name: f"gcloud storage rm {name}",
    credentials=(
        "the file that GOOGLE_APPLICATION_CREDENTIALS names, `gcloud auth application-default login`, or "
        "this machine's service account"
    ),
    endpoint="Google Cloud Storage",
)


def bucket(url: str) -> Bucket:
    """The bucket at a URL. Nothing is asked of it yet."""
    location = location_of(url, ())
    return Bucket(location, _WORDS, lambda: _open(location))


def _open(location: Location) -> GCSStore:
    from obstore.store import GCSStore

    return GCSStore(location.bucket, client_options=CLIENT, retry_config=retries())


ENTRY = entry_of(bucket)
