"""The stacks of an environment with a cloud: what its hub is made of, and in a lab the gateways' machines."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from aiotctl.catalog.cloud import LAB, Asked, asked, is_managed
from aiotctl.catalog.databases.postgres.login import ADMIN, DATABASE, MANAGED_ADMIN
from aiotctl.catalog.options import milliseconds
from aiotctl.catalog.programs import stack_program
from aiotctl.model import cloud, names
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Flow, SecretRef, Stack
from aiotctl.pipeline.lower import sizing
from aiotctl.pipeline.lower.flows import flows

DATABASE_VERSION = "15"
"""The PostgreSQL of a managed database: the same as hosts have from their distribution."""

DAY_MS = 86_400_000


def stacks_of(deployment: Deployment) -> tuple[str, ...]:
    """The units of an environment's stacks, the hub's first."""
    if asked(deployment) is None:
        return ()
    made = {place.stack for place in deployment.environment.hosts.values()}
    return (names.STACK, *((names.FIELD_STACK,) if names.FIELD_STACK in made else ()))


def lower_stack(deployment: Deployment, unit: str) -> Stack:
    """One stack. Keys of machines are left out: the vault has them, and they are put in when it is bound."""
    wanted = asked(deployment)
    assert wanted is not None
    places = [place for place in deployment.environment.hosts.values() if place.stack == unit]
    hub = unit == names.STACK
    database = _database(deployment, wanted) if hub and is_managed(deployment, "timeseries") else None
    bucket = _bucket(deployment) if hub and is_managed(deployment, "lake") else None
    arguments = cloud.Arguments(
        cloud=wanted.engine,
        region=wanted.region,
        blueprint=deployment.blueprint,
        environment=deployment.environment.name,
        owner=deployment.owner,
        production=wanted.production,
        network=cloud.Network(wanted.cidr, tuple(_ingress(deployment, wanted, unit))),
        machines=tuple(_machine(deployment, wanted, place) for place in places),
        database=database,
        bucket=bucket,
        registry=_registry(wanted) if hub and wanted.registry else None,
        cluster=_cluster(wanted) if hub and wanted.cluster else None,
        zone=wanted.zone,
        alarms=wanted.alarms,
    )
    secrets = tuple(_secrets(arguments))
    return Stack(unit, arguments, secrets, stack_program(wanted.engine), wanted.secrets)


def _secrets(arguments: cloud.Arguments) -> Iterator[tuple[str, SecretRef]]:
    for machine in arguments.machines:
        name = names.host_key(machine.name)
        yield name, SecretRef(name)
    if arguments.database:
        yield f"database/{ADMIN}", SecretRef(names.database_secret(ADMIN))
    if arguments.bucket and arguments.cloud == LAB:  # elsewhere machines are known by themselves
        yield names.BUCKET_SECRET, SecretRef(names.BUCKET_SECRET)


def _machine(deployment: Deployment, wanted: Asked, place: HostPlace) -> cloud.Machine:
    roles = deployment.roles_of(place)
    made = sizing.machine(deployment, wanted, place, roles)
    return cloud.Machine(
        name=place.machine,
        serves=roles or ("gateway",),
        vcpus=made.vcpus,
        memory_gib=made.memory_gib,
        disk_gib=made.disk_gib,
        host_key="",
        login=place.user,
        login_key="",
        arch=_arch(deployment, place),
    )


def _arch(deployment: Deployment, place: HostPlace) -> str:
    site, _, name = place.name.rpartition("/")
    known = deployment.sites.get(site)
    return next((one.arch for one in known.gateways if one.name == name), "amd64") if known else "amd64"


def _ingress(deployment: Deployment, wanted: Asked, unit: str) -> Iterator[cloud.Ingress]:
    """A door for each port of a machine that known networks beyond the stack's own dial."""
    machines = {
        f"host/{place.name}": place.machine
        for place in deployment.environment.hosts.values()
        if place.stack == unit
    }
    doors: dict[tuple[str, int], tuple[str, set[str]]] = {}
    for flow in flows(deployment):
        target = machines.get(flow.target) or _managed_target(flow)
        outside = {one for one in flow.networks if not _inside(one, wanted.cidr)}
        if target and outside:
            doors.setdefault((target, flow.port), (flow.purpose, set()))[1].update(outside)
    for (target, port), (purpose, networks) in sorted(doors.items()):
        yield cloud.Ingress(target, port, tuple(sorted(networks)), purpose)


def _managed_target(flow: Flow) -> str:
    return "database" if flow.target == names.MANAGED_DATABASE else ""


def _inside(network: str, cidr: str) -> bool:
    one, whole = ip_network(network), ip_network(cidr)
    return one.version == whole.version and one.subnet_of(whole)  # pyright: ignore[reportArgumentType]


def _database(deployment: Deployment, wanted: Asked) -> cloud.Database:
    made = sizing.database(deployment, wanted)
    return cloud.Database(
        name="timeseries",
        version=DATABASE_VERSION,
        vcpus=made.vcpus,
        memory_gib=made.memory_gib,
        disk_gib=made.disk_gib,
        admin=MANAGED_ADMIN,
        database=DATABASE,
        backup_days=wanted.backup_days,
    )


def _bucket(deployment: Deployment) -> cloud.Bucket:
    options = deployment.platform["lake"].options
    days = -(-milliseconds(options.get("retain", "5y")) // DAY_MS)
    return cloud.Bucket(name="lake", expire_days=days)


def _registry(wanted: Asked) -> cloud.Registry:
    return cloud.Registry(name="images", keep=wanted.images_kept)


def _cluster(wanted: Asked) -> cloud.Cluster:
    made = sizing.node(wanted)
    return cloud.Cluster("cluster", wanted.kubernetes, wanted.nodes, made.vcpus, made.memory_gib)
