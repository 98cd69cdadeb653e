"""Fulfils the contract in the lab: a network, and in it machines, a database, a bucket."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pulumi
from pulumi import Input, Output, ResourceOptions

from stacks.contract.arguments import Arguments, Bucket, Database, Machine
from stacks.lab import resources

ACCESS_KEY = "lake"
"""The name that goes with the bucket's secret."""

Secrets = Callable[[str], Output[str]]


class Hub(pulumi.ComponentResource):
    """All of a stack in the lab. ``given``: its outputs by the contract's names."""

    given: Mapping[str, Input[str]]

    def __init__(
        self, name: str, arguments: Arguments, secrets: Secrets, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("aiotctl:lab:Hub", name, None, opts)
        self._arguments, self._secrets = arguments, secrets
        self._child = ResourceOptions(parent=self)
        self._keeps_data = ResourceOptions(parent=self, protect=arguments.production)
        # One a stack, but one of a name in the lab: an environment's stacks share it.
        self._network = resources.Network(
            "network",
            resources.NetworkArgs(
                name=f"{arguments.blueprint}.{arguments.environment}",
                cidr=arguments.network.cidr,
                tags=arguments.tags,
            ),
            self._child,
        )
        given: dict[str, Input[str]] = {}
        for machine in arguments.machines:
            made = self._machine(machine)
            given[f"machine/{machine.name}/address"] = made.address
            given[f"machine/{machine.name}/private_address"] = made.address
        if arguments.database:
            given |= self._database(arguments.database)
        if arguments.bucket:
            given |= self._bucket(arguments.bucket)
        self.given = given
        self.register_outputs({})

    def _machine(self, machine: Machine) -> resources.Machine:
        args = resources.MachineArgs(
            network=self._network.name,
            name=machine.name,
            arch=machine.arch,
            vcpus=machine.vcpus,
            memory_gib=machine.memory_gib,
            disk_gib=machine.disk_gib,
            login=machine.login,
            login_key=machine.login_key,
            host_key=self._secrets(f"host_key/{machine.name}"),
            host_public_key=machine.host_key,
            tags=self._arguments.tags,
        )
        return resources.Machine(machine.name, args, self._child)

    def _database(self, database: Database) -> dict[str, Input[str]]:
        args = resources.DatabaseArgs(
            network=self._network.name,
            name=database.name,
            version=database.version,
            vcpus=database.vcpus,
            memory_gib=database.memory_gib,
            disk_gib=database.disk_gib,
            admin=database.admin,
            database=database.database,
            password=self._secrets("database/admin"),
            backup_days=database.backup_days,
            tags=self._arguments.tags,
        )
        made = resources.Database("database", args, self._keeps_data)
        port = made.port.apply(lambda port: str(int(port)))
        return {"database/host": made.host, "database/port": port, "database/ca": made.ca}

    def _bucket(self, bucket: Bucket) -> dict[str, Input[str]]:
        args = resources.BucketArgs(
            network=self._network.name,
            name=bucket.name,
            access_key=ACCESS_KEY,
            secret_key=self._secrets("bucket/secret"),
            expire_days=bucket.expire_days,
            tags=self._arguments.tags,
        )
        made = resources.Bucket("bucket", args, self._keeps_data)
        return {"bucket/name": made.name, "bucket/endpoint": made.endpoint, "bucket/region": made.region}


def create(arguments: Arguments, secrets: Secrets) -> Mapping[str, Input[str]]:
    """Declares the stack; what it gives. Raises ValueError for what the lab has not."""
    if arguments.registry or arguments.cluster:
        raise ValueError("the lab has no registry of images and no cluster")
    return Hub(arguments.prefix, arguments, secrets).given
