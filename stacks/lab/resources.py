"""The lab's resources, as a program declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import pulumi
from pulumi import Input, Output


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArgs:
    """A private network. Stacks that name the same one share it."""

    name: str
    cidr: str
    tags: Mapping[str, str]


class Network(pulumi.CustomResource):
    """A network by its name; ``cidr`` as it is."""

    name: Output[str]
    cidr: Output[str]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties = {"name": args.name, "cidr": args.cidr, "tags": args.tags}
        super().__init__("lab:index:Network", name, properties, opts)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineArgs:
    """A machine in a network. ``host_key``: the private one that it shows, OpenSSH."""

    network: Input[str]
    name: str
    arch: str
    vcpus: int
    memory_gib: int
    disk_gib: int
    login: str
    login_key: str
    host_key: Input[str]
    host_public_key: str
    tags: Mapping[str, str]


class Machine(pulumi.CustomResource):
    """A Debian machine. ``state``: `running` or `stopped`."""

    address: Output[str]
    state: Output[str]

    def __init__(self, name: str, args: MachineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("lab:index:Machine", name, {**_given(args), "address": None, "state": None}, opts)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseArgs:
    """A PostgreSQL. ``password``: its administrator's; dumps are kept for ``backup_days`` (0: none)."""

    network: Input[str]
    name: str
    version: str
    vcpus: int
    memory_gib: int
    disk_gib: int
    admin: str
    database: str
    password: Input[str]
    backup_days: int
    tags: Mapping[str, str]


class Database(pulumi.CustomResource):
    """A PostgreSQL that asks for TLS. ``ca``: PEM of what its certificate is from."""

    host: Output[str]
    port: Output[int]
    ca: Output[str]
    state: Output[str]

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        outputs = dict.fromkeys(("address", "host", "port", "ca", "state"))
        super().__init__("lab:index:Database", name, {**_given(args), **outputs}, opts)


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketArgs:
    """A bucket and the key to it. Objects end after ``expire_days`` (0: never)."""

    network: Input[str]
    name: str
    access_key: str
    secret_key: Input[str]
    expire_days: int
    tags: Mapping[str, str]


class Bucket(pulumi.CustomResource):
    """A bucket of a SeaweedFS of its own."""

    name: Output[str]
    endpoint: Output[str]
    region: Output[str]
    state: Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        outputs = dict.fromkeys(("address", "endpoint", "region", "state"))
        super().__init__("lab:index:Bucket", name, {**_given(args), **outputs}, opts)


def _given(args: MachineArgs | DatabaseArgs | BucketArgs) -> dict[str, object]:
    return {one.name: getattr(args, one.name) for one in fields(args)}
