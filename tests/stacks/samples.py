"""Stacks to try: a whole one, and the smallest."""

from __future__ import annotations

from dataclasses import replace

from stacks.contract.arguments import (
    Arguments,
    Bucket,
    Cluster,
    Database,
    Ingress,
    Machine,
    Network,
    Registry,
)

CLOUDS = ("aws", "azure", "gcp")

REGIONS = {"aws": "eu-central-1", "azure": "westeurope", "gcp": "europe-west3"}
ZONES = {"aws": "plant.example", "azure": "names/plant.example", "gcp": "plant.example"}

SITES = ("203.0.113.0/28", "198.51.100.0/28")
OFFICE = ("192.0.2.0/24",)

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBhmBcUsSo6WvBGPUVR4q9bPVtdwFRfOEhsLNJj5bM0Q"


def secret(name: str) -> str:
    """The value of a secret in these stacks, unlike any other text."""
    return f"secret of {name}, told to nobody"


def machine(name: str, *serves: str) -> Machine:
    """A machine of the usual size."""
    return Machine(
        name=name,
        serves=serves,
        vcpus=2,
        memory_gib=8,
        disk_gib=100,
        host_key=f"{PUBLIC} {name}",
        login="ops",
        login_key=f"{PUBLIC} controller",
    )


def smallest(cloud: str, production: bool = False) -> Arguments:
    """One machine that serves everything."""
    return Arguments(
        cloud=cloud,
        region=REGIONS[cloud],
        blueprint="press-shop",
        environment="staging",
        owner="Reliability@acme.example",
        production=production,
        network=Network(
            "10.60.0.0/16",
            (Ingress("hub-1", 8883, SITES, "MQTT over TLS"), Ingress("hub-1", 22, OFFICE, "SSH")),
        ),
        machines=(machine("hub-1", "broker", "timeseries", "lake"),),
    )


def whole(cloud: str, production: bool = True) -> Arguments:
    """Everything that a stack may have."""
    return replace(
        smallest(cloud, production),
        environment="production" if production else "staging",
        machines=(machine("hub-1", "broker"), machine("hub-2", "dashboards")),
        database=Database(
            name="timeseries",
            version="16",
            vcpus=2,
            memory_gib=8,
            disk_gib=200,
            admin="aiotctl",
            database="aiot",
            backup_days=14,
        ),
        bucket=Bucket(name="lake", expire_days=1826),
        registry=Registry(name="images", keep=20),
        cluster=Cluster(name="edge", version="1.33", nodes=2, vcpus=2, memory_gib=8),
        zone=ZONES[cloud],
        alarms="alarms@acme.example",
    )
