"""SeaweedFS as the lake's S3 bucket on this machine, and the job that exports values into it as Parquet
files.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aiotctl.catalog.databases.postgres.login import login
from aiotctl.catalog.entry import Contribution, HubContext, PlatformEntry
from aiotctl.catalog.options import milliseconds
from aiotctl.model import names
from aiotctl.model.address import service
from aiotctl.model.blueprint import Json
from aiotctl.model.primitives import (
    ConfigFile,
    Directory,
    Health,
    Part,
    Port,
    Quoting,
    Ref,
    SecretRef,
    Service,
    Text,
)
from aiotctl.quantities import DURATION_PATTERN

ADDRESS = service(names.HUB, "seaweedfs")
ACCESS_KEY = "lake"
VAULT_NAME = "lake/secret-key"
PORTS = ("s3", "s3_grpc", "filer", "filer_grpc", "volume", "volume_grpc", "master", "master_grpc")
FIRST_PORT = 18333
"""Preferred ports count up from here. All are named, since each would default to a number far from its
sibling's.
"""

OPTIONS: dict[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "bucket": {
            "type": "string",
            "pattern": r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
            "default": "lake",
            "description": "the bucket the files are written to",
        },
        "export": {
            "type": "string",
            "pattern": DURATION_PATTERN,
            "default": "15min",
            "description": "how often new values are exported",
        },
        "retain": {
            "type": "string",
            "pattern": DURATION_PATTERN,
            "default": "5y",
            "description": "how long files are kept, by the day of their values",
        },
    },
}


def _hub(context: HubContext) -> Contribution:
    origin = ("platform/lake",)
    options = context.deployment.platform["lake"].options
    return Contribution(
        programs=("python", "weed"),
        directories=(
            Directory("seaweedfs"),
            Directory("data/seaweedfs", data=True),
        ),
        files=(
            ConfigFile("seaweedfs/start.sh", _start_script(), origin=origin),
            ConfigFile("seaweedfs/identities.json", _identities(), origin=origin),
            ConfigFile("lake-export.json", _export(options), origin=origin),
        ),
        services=(_server(origin), _job(origin)),
    )


def _server(origin: tuple[str, ...]) -> Service:
    return Service(
        name="seaweedfs",
        program="weed",
        command=(("/bin/sh",), (Ref(names.HUB, "root"), "/seaweedfs/start.sh")),
        files=("seaweedfs/start.sh", "seaweedfs/identities.json"),
        ports=tuple(Port(name, FIRST_PORT + offset) for offset, name in enumerate(PORTS)),
        health=Health(http=("s3", "/healthz"), within_ms=60_000),
        origin=origin,
    )


def _job(origin: tuple[str, ...]) -> Service:
    return Service(
        name="lake-export",
        program="python",
        command=(
            (Ref("program/python", "path"),),
            ("-m",),
            ("aiotctl.agents.lake_export",),
            (Ref(names.HUB, "root"), "/lake-export.json"),
        ),
        files=("lake-export.json",),
        start_after=("postgres", "seaweedfs"),
        origin=origin,
    )


def _start_script() -> Text:
    """The shell script with what it expects set at its top."""
    root = Ref(names.HUB, "root", Quoting.SHELL)
    parts: list[Part] = ["weed=", Ref("program/weed", "path", Quoting.SHELL), "\n"]
    parts += ["data=", root, "/data/seaweedfs\n", "identities=", root, "/seaweedfs/identities.json\n"]
    for port in PORTS:
        parts += [f"{port}=", Ref(ADDRESS, f"{port}.port", Quoting.SHELL), "\n"]
    return (*parts, Path(__file__).with_suffix(".sh").read_text())


def _identities() -> Text:
    """One identity. It may do everything, because SeaweedFS makes a bucket on its first write for none
    less.
    """
    return (
        f'{{"identities": [{{"name": "{ACCESS_KEY}", "actions": ["Admin"], "credentials": [\n',
        f'  {{"accessKey": "{ACCESS_KEY}", "secretKey": ',
        SecretRef(VAULT_NAME, Quoting.JSON),
        "}]}]}\n",
    )


def _export(options: Mapping[str, Json]) -> Text:
    return (
        '{"database": ',
        *login("exporter"),
        ',\n "bucket": {"endpoint": "http://',
        Ref(ADDRESS, "s3.address"),
        f'", "bucket": "{options.get("bucket", "lake")}",\n',
        f'  "access_key_id": "{ACCESS_KEY}", "secret_access_key": ',
        SecretRef(VAULT_NAME, Quoting.JSON),
        '},\n "every_ms": ',
        str(milliseconds(options.get("export", "15min"))),
        ', "retain_ms": ',
        str(milliseconds(options.get("retain", "5y"))),
        "}\n",
    )


ENTRY = PlatformEntry(
    role="lake",
    engine="seaweedfs",
    description="SeaweedFS with an S3 bucket of Parquet files, as a process on this machine; for a laptop",
    options=OPTIONS,
    hub=_hub,
    hosts=True,
)
