"""SeaweedFS as the lake's S3 bucket on this machine, and the job that exports values into it as Parquet
files.
"""

from __future__ import annotations

from pathlib import Path

from aiotctl.catalog.accounts import joined, owned
from aiotctl.catalog.entry import Contribution, HubContext, PlatformEntry
from aiotctl.catalog.lake_export import OPTIONS as EXPORT_OPTIONS
from aiotctl.catalog.lake_export import export
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

NAME = "seaweedfs"
ACCESS_KEY = "lake"
VAULT_NAME = "lake/secret-key"
SIGNING = ("JWT_FILER_SIGNING", "JWT_FILER_SIGNING_READ", "JWT_SIGNING", "JWT_SIGNING_READ")
"""Settings of SeaweedFS for keys with which its parts sign what they ask of each other: without them any
program of the host could read and change objects below the S3 port, past its keys.
"""
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
        **EXPORT_OPTIONS,
    },
}


def _hub(context: HubContext) -> Contribution:
    return joined(_store(context), export(context, _bucket(context), (NAME,)))


def _store(context: HubContext) -> Contribution:
    """The server with its files and its folder of objects."""
    origin = ("platform/lake",)
    server = Service(
        name=NAME,
        program="weed",
        command=(("/bin/sh",), (Ref(context.host, "root"), "/seaweedfs/start.sh")),
        files=("seaweedfs/start.sh", "seaweedfs/identities.json"),
        environment=tuple((f"WEED_{name}_KEY", (SecretRef(f"lake/{name.lower()}"),)) for name in SIGNING),
        ports=tuple(Port(name, FIRST_PORT + offset) for offset, name in enumerate(PORTS)),
        health=Health(http=("s3", "/healthz"), within_ms=60_000),
        origin=origin,
    )
    made = Contribution(
        programs=("weed",),
        directories=(Directory("seaweedfs"), Directory("data/seaweedfs", data=True)),
        files=(
            ConfigFile("seaweedfs/start.sh", _start_script(context.host), origin=origin),
            ConfigFile("seaweedfs/identities.json", _identities(), origin=origin),
        ),
        services=(server,),
    )
    return owned(context.deployment, made, NAME)


def _start_script(host: str) -> Text:
    """The shell script with what it expects set at its top."""
    root = Ref(host, "root", Quoting.SHELL)
    parts: list[Part] = ["weed=", Ref("program/weed", "path", Quoting.SHELL), "\n"]
    parts += ["data=", root, "/data/seaweedfs\n", "identities=", root, "/seaweedfs/identities.json\n"]
    for port in PORTS:
        parts += [f"{port}=", Ref(service(host, NAME), f"{port}.port", Quoting.SHELL), "\n"]
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


def _bucket(context: HubContext) -> Text:
    options = context.deployment.platform["lake"].options
    return (
        '{"endpoint": "http://',
        Ref(service(context.host, NAME), "s3.address"),
        f'", "bucket": "{options.get("bucket", "lake")}",\n',
        f'  "access_key_id": "{ACCESS_KEY}", "secret_access_key": ',
        SecretRef(VAULT_NAME, Quoting.JSON),
        "}",
    )


ENTRY = PlatformEntry(
    role="lake",
    engine="seaweedfs",
    description="SeaweedFS with an S3 bucket of Parquet files, for a laptop or one host",
    options=OPTIONS,
    hub=_hub,
    hosts=True,
)
