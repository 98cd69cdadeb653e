"""Record and vault in a bucket of S3, or of a server that speaks it: ``s3://bucket/prefix?region=...``.

The server must honour conditional writes (``If-None-Match`` and ``If-Match`` on PUT), as Amazon S3 and
SeaweedFS 4.48 do. One that does not is noticed and refused at the first lock.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from shlex import quote
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiotctl.stores.blobs.bucket import Bucket, Words
from aiotctl.stores.blobs.entry import entry_of
from aiotctl.stores.blobs.location import Location, location_of
from aiotctl.stores.blobs.session import CLIENT, retries

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config, S3Store

OPTIONS = (
    "region",
    "endpoint",
    "profile",
    "s3ForcePathStyle",
    "use_path_style",
    "disableSSL",
    "disable_https",
    "awssdk",
)
"""Parameters of the URL: those of Pulumi's backend, so that one URL serves both."""
_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, from fixed keys in a profile "
    "(AWS_PROFILE), or from this machine's role"
)


def bucket(url: str, environ: Mapping[str, str] = os.environ) -> Bucket:
    """The bucket at a URL. Nothing is asked of it yet."""
    location = location_of(url, OPTIONS)
    endpoint = endpoint_of(location, environ)
    option = f" --endpoint-url {quote(endpoint)}" if endpoint else ""
    words = Words(
        copy=lambda source, target: f"aws s3 cp{option} {source} {target}",
        remove=lambda name: f"aws s3 rm{option} {name}",
        credentials=_CREDENTIALS,
        endpoint=endpoint or "Amazon S3",
    )
    return Bucket(location, words, lambda: _open(location, endpoint, environ))


def endpoint_of(location: Location, environ: Mapping[str, str] = os.environ) -> str:
    """The URL of the server that is not Amazon's; empty for Amazon's own."""
    given = location.options.get("endpoint") or environ.get("AWS_ENDPOINT_URL_S3") or ""
    given = given or environ.get("AWS_ENDPOINT_URL") or environ.get("AWS_ENDPOINT") or ""
    if not given or "://" in given:
        return given
    plain = location.flag("disableSSL") or location.flag("disable_https")
    return f"{'http' if plain else 'https'}://{given}"


def pulumi_url(url: str, folder: str, environ: Mapping[str, str] = os.environ) -> str:
    """The URL of a folder beside record and vault as Pulumi spells it.

    It needs a region even where a server has none, and takes a server of one's own for Amazon's, with the
    bucket in the host's name, unless it is told otherwise.
    """
    location = location_of(url, OPTIONS)
    options = {name: location.options[name] for name in ("region", "profile") if name in location.options}
    if endpoint := endpoint_of(location, environ):
        options["endpoint"] = endpoint
        options["use_path_style"] = "true"
        if not (environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")):
            options.setdefault("region", "us-east-1")
    parameters = f"?{urlencode(options, safe=':/')}" if options else ""
    return f"{location.url}/{folder}{parameters}"


def _open(location: Location, endpoint: str, environ: Mapping[str, str]) -> S3Store:
    from obstore.store import S3Store

    from aiotctl.stores.aws_profile import of_profile

    config: S3Config = {}
    profile = of_profile(location.options.get("profile", ""), environ)
    for name in ("access_key_id", "secret_access_key", "session_token", "region"):
        if name in profile:
            config[name] = profile[name]
    if "region" in location.options:
        config["region"] = location.options["region"]
    if endpoint:
        config["endpoint"] = endpoint
    client: ClientConfig = {**CLIENT, "allow_http": endpoint.startswith("http://")}
    return S3Store(location.bucket, config=config, client_options=client, retry_config=retries())


def ready(url: str, folder: str, project: str, stack: str) -> None:
    """Keeps the folder of a stack's locks from becoming empty.

    SeaweedFS lists a folder that was emptied as an object of no bytes, for minutes. Pulumi takes that for a
    lock, cannot read it and stops. An object in a folder below, which Pulumi passes over, prevents it.
    """
    if endpoint_of(location_of(url, OPTIONS)):
        bucket(url).create(f"{folder}/.pulumi/locks/organization/{project}/{stack}/kept/not-empty", b"")


ENTRY = entry_of(bucket, pulumi_url, ready)
