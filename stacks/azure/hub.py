"""The whole stack in Azure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pulumi
import pulumi_azure_native as azure_native

from stacks.azure.alarms import Alarms, AlarmsArgs
from stacks.azure.backup import Backup, BackupArgs
from stacks.azure.bucket import Bucket, BucketArgs
from stacks.azure.cluster import Cluster, ClusterArgs
from stacks.azure.database import Database, DatabaseArgs
from stacks.azure.group import Scope, scope
from stacks.azure.identity import IMAGES, LAKE, Identity, IdentityArgs
from stacks.azure.machine import Machine, MachineArgs
from stacks.azure.names import Names, NamesArgs
from stacks.azure.network import Network, NetworkArgs
from stacks.azure.registry import Registry, RegistryArgs
from stacks.contract import arguments as contract
from stacks.contract.naming import in_plain_names

Secrets = Callable[[str], pulumi.Output[str]]
Outputs = dict[str, pulumi.Input[str]]
Machines = Mapping[str, Machine]


def create(arguments: contract.Arguments, secrets: Secrets) -> Mapping[str, pulumi.Input[str]]:
    """Declares the stack and gives the contract's outputs.

    Raises ValueError for a size that Azure does not have or a zone without its resource group, RuntimeError
    where the database's authorities cannot be had.
    """
    provider = azure_native.Provider("azure", location=arguments.region)
    opts = pulumi.ResourceOptions(providers=[provider])
    return in_plain_names(
        arguments, secrets, lambda plain, keys: _Hub(scope(plain, provider), keys, opts).outputs
    )


class _Hub:
    """Makes one component after another, and gathers what they give."""

    def __init__(self, place: Scope, secrets: Secrets, opts: pulumi.ResourceOptions) -> None:
        self._scope = place
        self._arguments = place.arguments
        self._secrets = secrets
        self._opts = opts
        self._prefix = place.arguments.prefix
        self.outputs: Outputs = {}
        self._network = Network(self._prefix, NetworkArgs(scope=place), opts)
        identity = self._identity(self._bucket(), self._registry())
        machines = {one.name: self._machine(one, identity) for one in self._arguments.machines}
        self._names(machines)
        database = self._database()
        self._cluster()
        if self._arguments.production and machines:
            self._backup(machines)
        if self._arguments.alarms:
            self._alarms(machines, database)

    def _bucket(self) -> Bucket | None:
        wanted = self._arguments.bucket
        if wanted is None:
            return None
        args = BucketArgs(scope=self._scope, bucket=wanted)
        bucket = Bucket(f"{self._prefix}-{wanted.name}", args, self._opts)
        self.outputs["bucket/name"] = bucket.name
        self.outputs["bucket/endpoint"] = bucket.endpoint
        self.outputs["bucket/region"] = self._arguments.region
        return bucket

    def _registry(self) -> Registry | None:
        wanted = self._arguments.registry
        if wanted is None:
            return None
        args = RegistryArgs(scope=self._scope, registry=wanted)
        registry = Registry(f"{self._prefix}-{wanted.name}", args, self._opts)
        self.outputs["registry/url"] = registry.url
        return registry

    def _identity(self, bucket: Bucket | None, registry: Registry | None) -> Identity:
        rights: dict[str, tuple[str, pulumi.Input[str]]] = {}
        if bucket is not None:
            rights["lake"] = (LAKE, bucket.container_id)
        if registry is not None:
            rights["images"] = (IMAGES, registry.registry_id)
        args = IdentityArgs(scope=self._scope, rights=rights)
        return Identity(f"{self._prefix}-machines", args, self._opts)

    def _machine(self, wanted: contract.Machine, identity: Identity) -> Machine:
        args = MachineArgs(
            scope=self._scope,
            machine=wanted,
            network=self._network,
            identity=identity.identity_id,
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
            scope=self._scope,
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
        args = ClusterArgs(scope=self._scope, cluster=wanted, network=self._network)
        cluster = Cluster(f"{self._prefix}-{wanted.name}", args, self._opts)
        self.outputs["cluster/endpoint"] = cluster.endpoint
        self.outputs["cluster/ca"] = cluster.authority

    def _backup(self, machines: Machines) -> None:
        covered = {name: (machine.machine_id, machine.machine_name) for name, machine in machines.items()}
        Backup(f"{self._prefix}-backup", BackupArgs(scope=self._scope, machines=covered), self._opts)

    def _alarms(self, machines: Machines, database: Database | None) -> None:
        args = AlarmsArgs(
            scope=self._scope,
            machines={name: machine.machine_id for name, machine in machines.items()},
            database=database.server_id if database else None,
        )
        Alarms(f"{self._prefix}-alarms", args, self._opts)
