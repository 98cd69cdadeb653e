"""What a stack gives: flat names, so that a reference in a host's configuration is one word.

| output | value |
|---|---|
| ``machine/NAME/address`` | the address by which hosts and people reach it |
| ``machine/NAME/private_address`` | its address in the stack's network |
| ``database/host``, ``database/port``, ``database/ca`` | where the managed PostgreSQL is; ``ca``: PEM |
| ``bucket/name``, ``bucket/endpoint``, ``bucket/region`` | the lake's object store |
| ``registry/url`` | where images are pushed to |
| ``cluster/endpoint``, ``cluster/ca`` | the Kubernetes API |
"""

from __future__ import annotations

from collections.abc import Iterator

from stacks.contract.arguments import Arguments

MACHINE = ("address", "private_address")
DATABASE = ("host", "port", "ca")
BUCKET = ("name", "endpoint", "region")
CLUSTER = ("endpoint", "ca")


def names(arguments: Arguments) -> Iterator[str]:
    """The outputs that a stack with these arguments must give, all of them."""
    for machine in arguments.machines:
        yield from (f"machine/{machine.name}/{one}" for one in MACHINE)
    if arguments.database:
        yield from (f"database/{one}" for one in DATABASE)
    if arguments.bucket:
        yield from (f"bucket/{one}" for one in BUCKET)
    if arguments.registry:
        yield "registry/url"
    if arguments.cluster:
        yield from (f"cluster/{one}" for one in CLUSTER)
