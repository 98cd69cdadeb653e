"""The whole stack in AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pulumi
import pulumi_aws as aws

from stacks.aws.alarms import Alarms, AlarmsArgs
from stacks.aws.backup import Backup, BackupArgs
from stacks.aws.bucket import Bucket, BucketArgs
from stacks.aws.cluster import Cluster, ClusterArgs
from stacks.aws.database import Database, DatabaseArgs
from stacks.aws.identity import Identity, IdentityArgs
from stacks.aws.machine import Machine, MachineArgs
from stacks.aws.names import Names, NamesArgs
from stacks.aws.network import Network, NetworkArgs
from stacks.aws.registry import Registry, RegistryArgs
from stacks.contract import arguments as contract
from stacks.contract.naming import in_plain_names

Secrets = Callable[[str], pulumi.Output[str]]
Outputs = dict[str, pulumi.Input[str]]
Machines = Mapping[str, Machine]


def create(arguments: contract.Arguments, secrets: Secrets) -> Mapping[str, pulumi.Input[str]]:
    """Declares the stack and gives the contract's outputs.

    Raises ValueError for a size that AWS does not have, RuntimeError where the database's authorities cannot
    be had.
    """
    provider = aws.Provider("aws", region=arguments.region)
    opts = pulumi.ResourceOptions(providers=[provider])
    return in_plain_names(arguments, secrets, lambda plain, keys: _Hub(plain, keys, opts).outputs)


class _Hub:
    """Makes one component after another, and gathers what they give."""

    def __init__(self, arguments: contract.Arguments, secrets: Secrets, opts: pulumi.ResourceOptions) -> None:
        self._arguments = arguments
        self._secrets = secrets
        self._opts = opts
        self._prefix = arguments.prefix
        self.outputs: Outputs = {}
        self._network = Network(
            self._prefix, NetworkArgs(arguments=arguments, nat=arguments.cluster is not None), opts
        )
        identity = self._identity(self._bucket(), self._registry())
        machines = {one.name: self._machine(one, identity) for one in arguments.machines}
        self._names(machines)
        database = self._database()
        self._cluster()
        if arguments.production and machines:
            Backup(f"{self._prefix}-backup", BackupArgs(arguments=arguments), opts)
        if arguments.alarms:
            self._alarms(machines, database)

    def _bucket(self) -> Bucket | None:
        wanted = self._arguments.bucket
        if wanted is None:
            return None
        bucket = Bucket(
            f"{self._prefix}-{wanted.name}", BucketArgs(arguments=self._arguments, bucket=wanted), self._opts
        )
        self.outputs["bucket/name"] = bucket.name
        self.outputs["bucket/endpoint"] = bucket.endpoint
        self.outputs["bucket/region"] = self._arguments.region
        return bucket

    def _registry(self) -> Registry | None:
        wanted = self._arguments.registry
        if wanted is None:
            return None
        registry = Registry(
            f"{self._prefix}-{wanted.name}",
            RegistryArgs(arguments=self._arguments, registry=wanted),
            self._opts,
        )
        self.outputs["registry/url"] = registry.url
        return registry

    def _identity(self, bucket: Bucket | None, registry: Registry | None) -> Identity:
        args = IdentityArgs(
            arguments=self._arguments,
            bucket=bucket.arn if bucket else None,
            registry=registry.arn if registry else None,
        )
        return Identity(f"{self._prefix}-machines", args, self._opts)

    def _machine(self, wanted: contract.Machine, identity: Identity) -> Machine:
        args = MachineArgs(
            arguments=self._arguments,
            machine=wanted,
            network=self._network,
            profile=identity.profile,
            host_key=self._secrets(f"host_key/{wanted.name}"),
        )
        machine = Machine(f"{self._prefix}-{wanted.name}", args, self._opts)
        self.outputs[f"machine/{wanted.name}/address"] = machine.address
        self.outputs[f"machine/{wanted.name}/private_address"] = machine.private_address
        return machine

    def _names(self, machines: Machines) -> None:
        """Where there is a zone, machines are reached by their names in it."""
        if not self._arguments.zone:
            return
        args = NamesArgs(
            zone=self._arguments.zone,
            prefix=self._prefix,
            addresses={name: machine.address for name, machine in machines.items()},
        )
        for name, record in Names(f"{self._prefix}-names", args, self._opts).names.items():
            self.outputs[f"machine/{name}/address"] = record

    def _database(self) -> Database | None:
        wanted = self._arguments.database
        if wanted is None:
            return None
        args = DatabaseArgs(
            arguments=self._arguments,
            database=wanted,
            network=self._network,
            password=self._secrets("database/admin"),
        )
        database = Database(f"{self._prefix}-{wanted.name}", args, self._opts)
        self.outputs["database/host"] = database.host
        self.outputs["database/port"] = database.port
        self.outputs["database/ca"] = database.authority
        return database

    def _cluster(self) -> None:
        wanted = self._arguments.cluster
        if wanted is None:
            return
        args = ClusterArgs(arguments=self._arguments, cluster=wanted, network=self._network)
        cluster = Cluster(f"{self._prefix}-{wanted.name}", args, self._opts)
        self.outputs["cluster/endpoint"] = cluster.endpoint
        self.outputs["cluster/ca"] = cluster.authority

    def _alarms(self, machines: Machines, database: Database | None) -> None:
        args = AlarmsArgs(
            arguments=self._arguments,
            machines={name: machine.instance_id for name, machine in machines.items()},
            database=database.identifier if database else None,
        )
        Alarms(f"{self._prefix}-alarms", args, self._opts)
