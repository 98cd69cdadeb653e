"""Fulfils the contract with things: a machine is one, a database, a bucket."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pulumi
from pulumi import Input, Output

from stacks.contract.arguments import Arguments


class Thing(pulumi.CustomResource):
    """A thing; ``kind`` cannot be changed, ``address`` is given to it."""

    address: Output[str]

    def __init__(
        self, cloud: str, kind: str, name: str, properties: Mapping[str, object], protect: bool
    ) -> None:
        super().__init__(
            f"{cloud}:index:{kind}",
            name,
            {**properties, "address": None},
            pulumi.ResourceOptions(protect=protect),
        )


def create(arguments: Arguments, secrets: Callable[[str], Output[str]]) -> Mapping[str, Input[str]]:
    """Declares the stack."""
    about = {"region": arguments.region, "owner": arguments.owner, "prefix": arguments.prefix}
    where = {**about, "cidr": arguments.network.cidr}
    given: dict[str, Input[str]] = {}
    for machine in arguments.machines:
        key = secrets(f"host_key/{machine.name}")
        size = {"memory": machine.memory_gib, "disk": machine.disk_gib, "key": key}
        made = Thing(arguments.cloud, "Machine", machine.name, {**where, **size}, False)
        given[f"machine/{machine.name}/address"] = made.address
        given[f"machine/{machine.name}/private_address"] = made.address
    if arguments.database:
        size = {"memory": arguments.database.memory_gib, "disk": arguments.database.disk_gib}
        password = {"password": secrets("database/admin")}
        database = Thing(
            arguments.cloud, "Database", "database", {**where, **size, **password}, arguments.production
        )
        given |= {"database/host": database.address, "database/port": "5432", "database/ca": "PEM"}
    if arguments.bucket:
        bucket = Thing(arguments.cloud, "Bucket", "bucket", {**where, "disk": 1}, arguments.production)
        given |= {"bucket/name": "lake", "bucket/endpoint": bucket.address, "bucket/region": arguments.region}
    return given
