"""The lake of an applied environment, read as anyone with the key would: objects and their rows."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping

import obstore
import pyarrow.parquet as pq

from aiotctl.agents.lake_export.bucket import open_bucket

from .laptop import Laptop

EXPORTED = """
SELECT coalesce(max(to_n), 0), coalesce(sum(rows), 0)::bigint FROM aiot.export WHERE state = 'done'
"""
STORED = "SELECT count(*) FROM aiot.value JOIN aiot.series ON series = id WHERE lake AND n <= %s"


def objects(laptop: Laptop) -> Mapping[str, int]:
    """How many rows each object of the lake holds."""
    config = json.loads((laptop.root("host/hub") / "lake-export.json").read_text())["bucket"]
    bucket = open_bucket(config)
    keys = [entry["path"] for page in obstore.list(bucket) for entry in page]
    return {key: _rows(bytes(obstore.get(bucket, key).bytes())) for key in keys if key.endswith(".parquet")}


def counts(laptop: Laptop) -> tuple[int, int, int]:
    """Rows in the lake's objects, rows that the exports count, rows of the database up to the last export.

    Asked again where an export ended in between.
    """
    while True:
        [(last, told)] = before = laptop.rows(EXPORTED)
        in_objects = sum(objects(laptop).values())
        if laptop.rows(EXPORTED) == before:
            [(stored,)] = laptop.rows(STORED, last)
            return in_objects, told, stored


def _rows(content: bytes) -> int:
    return pq.read_metadata(io.BytesIO(content)).num_rows
