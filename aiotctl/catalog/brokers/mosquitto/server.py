"""What a hub's and a gateway's Mosquitto have in common."""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.catalog.brokers.mosquitto.lines import Value
from aiotctl.catalog.brokers.mosquitto.options import version
from aiotctl.catalog.certificates import Identity
from aiotctl.catalog.entry import Contribution
from aiotctl.model import address
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import (
    ConfigFile,
    Directory,
    Health,
    Package,
    Port,
    Ref,
    Service,
    Text,
)

NAME = ACCOUNT = "mosquitto"
FOLDER = "mosquitto"
CONFIG, ACCESS, PASSWORDS = (f"{FOLDER}/{name}" for name in ("mosquitto.conf", "access.acl", "passwords"))
DATA = "data/mosquitto"
TLS = f"{FOLDER}/tls"

LARGEST_MESSAGE = 4 * 2**20
"""Bytes: a gateway's batch of a thousand values is a tenth of it; what is larger is refused."""

INFLIGHT = 300
"""Messages a client has not acknowledged. The hub's collector holds as many until they are committed."""


def port(host: str, name: str = "mqtt") -> Ref:
    """Number of a port of a host's broker."""
    return Ref(address.service(host, NAME), f"{name}.port")


def path(host: str, name: str) -> Text:
    """Where a file of the broker lies."""
    return (Ref(host, "root"), f"/{name}")


def common(host: str, queue: int) -> dict[str, Value]:
    """Settings of the whole broker. ``queue``: bytes that wait for one client at most."""
    return {
        "persistence": True,
        "persistence_location": path(host, f"{DATA}/"),
        "max_queued_messages": 0,
        "max_queued_bytes": queue,
        "max_inflight_messages": INFLIGHT,
        "message_size_limit": LARGEST_MESSAGE,
        "set_tcp_nodelay": True,
        "allow_anonymous": False,
        "acl_file": path(host, ACCESS),
        "log_dest": "stderr",
        "connection_messages": True,
    }


def log_types() -> tuple[tuple[str, Value], ...]:
    """What is logged: also who comes and goes, which is what an administrator asks first."""
    return tuple(("log_type", kind) for kind in ("error", "warning", "notice"))


def mutual(identity: Identity) -> Mapping[str, Value]:
    """A listener whose clients are who their certificates say: the common name is the user."""
    return {
        "cafile": identity.path("ca"),
        "certfile": identity.path("cert"),
        "keyfile": identity.path("key"),
        "crlfile": identity.path("crl"),
        "tls_version": "tlsv1.2",  # and later
        "require_certificate": True,
        "use_identity_as_username": True,
    }


def contribution(
    deployment: Deployment,
    host: str,
    files: tuple[ConfigFile, ...],
    ports: tuple[Port, ...],
    identity: Identity,
) -> Contribution:
    """The service with its package, files and folders."""
    files = (*files, *identity.files())
    service = Service(
        name=NAME,
        program=NAME,
        command=((Ref(f"program/{NAME}", "path"),), ("-c",), path(host, CONFIG)),
        files=tuple(file.path for file in files),
        ports=ports,
        health=Health(tcp="mqtt"),
        stop_ms=30_000,
        origin=("platform/broker",),
    )
    return Contribution(
        programs=(NAME,),
        directories=(Directory(DATA, data=True),),
        files=files,
        services=(service,),
        packages=(Package("mosquitto", version(deployment)),),
        certificates=(identity.certificate,),
    )
