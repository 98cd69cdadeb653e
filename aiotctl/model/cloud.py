"""What a cloud stack is asked for: the cloud's primitives. Networks are CIDR, sizes whole GiB, retention
whole days.

Standard library only and without imports of its own package: the programs in ``stacks/`` read the same file.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

LONGEST_PREFIX = 40
"""Letters that names in a cloud may begin with: the shortest limit, of roles in AWS, is 64 for all."""


@dataclass(frozen=True, slots=True)
class Ingress:
    """A TCP port that is open to networks outside, and nothing else is. ``target``: a machine's name,
    ``database``, or ``cluster`` for the Kubernetes API.
    """

    target: str
    port: int
    networks: tuple[str, ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class Network:
    """The private network of the stack, and the doors into it."""

    cidr: str
    ingress: tuple[Ingress, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """A Linux machine (Debian 12). ``login`` may log in with the public key ``login_key`` and become root.

    Its host key comes from the secret ``host_key/NAME`` (private, OpenSSH); ``host_key`` is the public one.
    """

    name: str
    serves: tuple[str, ...]
    vcpus: int
    memory_gib: int
    disk_gib: int
    host_key: str
    login: str
    login_key: str
    arch: str = "amd64"


@dataclass(frozen=True, slots=True)
class Database:
    """A managed PostgreSQL. Its administrator's password is the secret ``database/admin``."""

    name: str
    version: str
    vcpus: int
    memory_gib: int
    disk_gib: int
    admin: str
    database: str
    backup_days: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """An object store for the lake. Objects end after ``expire_days`` (0: never)."""

    name: str
    expire_days: int


@dataclass(frozen=True, slots=True)
class Registry:
    """A private registry of container images; ``keep`` newest ones of each are kept."""

    name: str
    keep: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """A managed Kubernetes cluster. ``version``: minor version (``1.33``)."""

    name: str
    version: str
    nodes: int
    vcpus: int
    memory_gib: int


@dataclass(frozen=True, slots=True)
class Arguments:
    """A whole stack. ``blueprint``, ``environment`` and ``owner`` become tags of everything in it;
    ``production``: what holds data is protected from deletion and is backed up. ``zone``: the DNS zone in
    which machines get names, empty for none; ``alarms``: the mail address that is told of trouble, empty for
    nobody.
    """

    cloud: str
    region: str
    blueprint: str
    environment: str
    owner: str
    production: bool
    network: Network
    machines: tuple[Machine, ...] = ()
    database: Database | None = None
    bucket: Bucket | None = None
    registry: Registry | None = None
    cluster: Cluster | None = None
    zone: str = ""
    alarms: str = ""

    @property
    def prefix(self) -> str:
        """What names in the cloud begin with: small letters, digits and hyphens, not too many of them. Names
        that had to be changed for it end with a mark, so that no two become the same.
        """
        whole = f"{self.blueprint}-{self.environment}"
        plain = re.sub(r"[^a-z0-9]+", "-", whole.lower()).strip("-")
        if plain == whole and len(whole) <= LONGEST_PREFIX:
            return whole
        mark = f"{zlib.crc32(whole.encode()):08x}"
        return f"{plain[: LONGEST_PREFIX - len(mark) - 1].rstrip('-')}-{mark}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags of everything in the stack."""
        return {
            "managed-by": "aiotctl",
            "blueprint": self.blueprint,
            "environment": self.environment,
            "owner": self.owner,
        }
