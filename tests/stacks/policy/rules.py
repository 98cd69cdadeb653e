"""The rules, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Mapping

from tests.stacks import samples
from tests.stacks.policy import aws, azure, gcp
from tests.stacks.policy.looking import Cell

RULES: Mapping[str, str] = {
    "disks": "Disks of machines are encrypted at rest",
    "database-private": "The database is encrypted at rest and has no public address",
    "database-tls": "The database refuses connections without TLS",
    "bucket-private": "The bucket is encrypted at rest and never public",
    "bucket-tls": "The bucket refuses requests without TLS",
    "doors": "Only the ports that were asked for are open, to the networks they were asked for",
    "identity": "The machines' identity may use the lake's bucket and pull images, and nothing else",
    "metadata": "A machine's metadata are told to no forwarded request",
    "login": "Machines take keys, no passwords, and show a host key that was known before",
    "secrets": "Passwords and host keys are secrets in Pulumi's state",
    "kept": "In production nothing that holds data is deleted by a slip",
    "backups": "In production database, machines and objects are backed up",
    "registry": "The registry is private, and old images go",
    "cluster": "Nodes have no public address, and nobody reaches the Kubernetes API unasked",
    "tags": "Everything that can carry tags carries blueprint, environment and owner",
    "pinned": "Versions of images, database and Kubernetes are exact",
}

CLOUDS: Mapping[str, Mapping[str, Cell]] = {"aws": aws.CELLS, "azure": azure.CELLS, "gcp": gcp.CELLS}

assert tuple(CLOUDS) == samples.CLOUDS
