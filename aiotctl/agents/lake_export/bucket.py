"""The lake's bucket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import AzureStore, GCSStore, S3Store

    Bucket = S3Store | GCSStore | AzureStore


def open_bucket(config: Mapping[str, str]) -> Bucket:
    """``config``: endpoint, bucket, access_key_id, secret_access_key, and region where it has one. Without a
    key ``cloud`` names the cloud (``aws``, ``azure``, ``gcp``) in which this machine is known by itself.
    """
    from obstore.store import AzureStore, GCSStore, S3Store

    match config["cloud"] if "access_key_id" not in config else "":
        case "aws":
            return S3Store(config["bucket"], region=config["region"])
        case "gcp":
            return GCSStore(config["bucket"])
        case "azure":
            account = config["endpoint"].partition("://")[2].partition(".")[0]
            return AzureStore(config["bucket"], account_name=account)
        case _:
            return _with_key(config)


def _with_key(config: Mapping[str, str]) -> S3Store:
    from obstore.store import S3Store

    return S3Store(
        config["bucket"],
        endpoint=config["endpoint"],
        access_key_id=config["access_key_id"],
        secret_access_key=config["secret_access_key"],
        region=config.get("region", "us-east-1"),
        virtual_hosted_style_request=False,
        client_options={"allow_http": config["endpoint"].startswith("http://"), "timeout": "60s"},
    )


def put(bucket: Bucket, key: str, content: bytes) -> None:
    """Stores an object, replacing one of the same name."""
    import obstore

    obstore.put(bucket, key, content)


def remove(bucket: Bucket, keys: Iterable[str]) -> None:
    """Removes objects; those that are not there are no error."""
    import obstore

    for key in keys:
        try:
            obstore.delete(bucket, key)
        except FileNotFoundError:
            continue


def remove_days(bucket: Bucket, today: date, retain: timedelta) -> int:
    """Removes the objects of days that ended longer ago than the retention; returns how many."""
    limit = f"day={(today - retain).isoformat()}"
    old = [
        key
        for device_type in _folders(bucket, "")
        for site in _folders(bucket, device_type)
        for day in _folders(bucket, site)
        if day.rsplit("/", 1)[-1] < limit
        for key in _objects(bucket, day)
    ]
    remove(bucket, old)
    return len(old)


def _folders(bucket: Bucket, below: str) -> list[str]:
    import obstore

    found = obstore.list_with_delimiter(bucket, below or None)  # pyright: ignore[reportUnknownMemberType]
    return list(found["common_prefixes"])


def _objects(bucket: Bucket, folder: str) -> list[str]:
    import obstore

    blocks = obstore.list(bucket, folder)  # pyright: ignore[reportUnknownMemberType]
    return [found["path"] for block in blocks for found in block]
