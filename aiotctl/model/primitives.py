"""Tool-neutral building blocks: what must exist, before any tool is chosen to make it so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from aiotctl.model.blueprint import HostPlace, ValueType
from aiotctl.model.cloud import Arguments


class Quoting(StrEnum):
    """How a bound value is written into its place."""

    RAW = "raw"  # numbers and values the compiler made itself
    TOML = "toml"  # a basic string with its quotes
    TELEGRAF = "telegraf"  # the same in Telegraf's file, where $ would name an environment variable
    JSON = "json"  # a JSON value
    SHELL = "shell"  # one word of sh
    NATS = "nats"  # a quoted string of NATS' configuration language
    MOSQUITTO = "mosquitto"  # a password's hash as Mosquitto's password file holds it


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that only exists later.

    ``address`` names the thing that gives it and ``attribute`` which of its outputs:

    - ``host/hub/service/nats`` + ``mqtt.address`` (``127.0.0.1:1883``), ``mqtt.port``, ``mqtt.host``: a
    port of a service
    - ``program/telegraf`` + ``path``: a program in its place on the host
    - ``host/hub`` + ``root``: the folder under which everything of that host lives
    """

    address: str
    attribute: str
    quoting: Quoting = Quoting.RAW


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A secret of the environment's vault, born there at the first apply."""

    name: str
    quoting: Quoting = Quoting.RAW


Part = str | Ref | SecretRef
Text = tuple[Part, ...]


def machine_address(place: HostPlace) -> Ref:
    """The address of a machine that a stack makes, as that stack's output."""
    return Ref(place.stack, f"machine/{place.machine}/address")


def private_address(place: HostPlace) -> Ref:
    """Its address in the stack's own network."""
    return Ref(place.stack, f"machine/{place.machine}/private_address")


@dataclass(frozen=True, slots=True)
class Directory:
    """A folder below the host's root. Data directories outlive their service unless purged.

    ``account`` owns it where services have accounts of their own (empty: root).
    """

    path: str
    mode: int = 0o700
    unprivileged: bool = False
    data: bool = False
    account: str = ""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file below the host's root. ``origin``: the blueprint addresses that caused it.

    Where services have accounts of their own it belongs to root and may be read by the group ``account``.
    """

    path: str
    content: Text
    mode: int = 0o600
    unprivileged: bool = False
    origin: tuple[str, ...] = ()
    account: str = ""


@dataclass(frozen=True, slots=True)
class Port:
    """A TCP port a service listens on. On this machine ``preferred`` is tried first, and the real one is
    bound at apply and kept; a host of its own listens on it. ``exposed``: other machines may dial it.
    """

    name: str
    preferred: int
    exposed: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of the environment's authority. The vault keeps ``certificate/NAME/cert`` and
    ``certificate/NAME/key`` (PEM); ``name`` is also the subject's common name, which brokers and databases
    take as the identity. ``hosts``: DNS names and addresses it answers for (none: a client's); one that only
    exists later is a reference.
    """

    name: str
    hosts: tuple[str | Ref, ...] = ()

    @property
    def is_bound(self) -> bool:
        """Whether all of its names and addresses are known."""
        return all(isinstance(one, str) for one in self.hosts)

    @property
    def names(self) -> tuple[str, ...]:
        """The names and addresses that are known."""
        return tuple(one for one in self.hosts if isinstance(one, str))


@dataclass(frozen=True, slots=True)
class Package:
    """A package of the host's distribution; ``version`` (apt's pattern, ``15.*``) pins it where it is not
    empty.
    """

    name: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A connection that the compiled system needs, as one row of the conduits' table (IEC 62443-3-2).

    ``source`` and ``target`` are host addresses, ``device/SITE/NAME`` or ``operator``; ``port`` is TCP;
    ``networks`` the source's addresses (CIDR; none: not known, any). ``encrypted`` and ``authenticated`` say
    by what (``TLS``, ``mutual TLS``, ``password``, ``SSH key``, ``none``).
    """

    source: str
    source_zone: str
    target: str
    target_zone: str
    port: int
    purpose: str
    encrypted: str
    authenticated: str
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resources:
    """What a service may take at most: bytes of memory, percent of one processor, open files; 0: no limit."""

    memory: int = 0
    cpu_percent: int = 0
    files: int = 0


class OnChange(StrEnum):
    """What a service needs when one of its files changed."""

    RESTART = "restart"
    RELOAD = "reload"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Health:
    """When a service counts as healthy: its port answers (``tcp``), or a GET gives 200 (``http``: port name
    and path).
    """

    tcp: str | None = None
    http: tuple[str, str] | None = None
    within_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class Service:
    """A program that is kept running. ``command`` is a list of words, each a text with references.

    Where services have accounts of their own it runs as ``account``, may write the folders ``writes`` (below
    the host's root) and nothing else, and sees of the machine's lines only ``devices`` (``/dev/ttyUSB0``).
    """

    name: str
    program: str
    command: tuple[Text, ...]
    files: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    health: Health = Health()
    environment: tuple[tuple[str, Text], ...] = ()
    on_change: OnChange = OnChange.RESTART
    stop_signal: str = "TERM"
    stop_ms: int = 10_000
    unprivileged: bool = False
    start_after: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    account: str = ""
    writes: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    resources: Resources = Resources()


@dataclass(frozen=True, slots=True)
class Host:
    """Everything on one host.

    ``place`` is the machine, None where it is a folder on this one; ``runtime`` keeps its services running
    (``process``, ``systemd``); ``firewall`` is the text of its nftables table, empty where it has none.
    ``listens``: where it is a folder here, the address of this machine at which exposed ports are dialled.
    ``arch``: of a machine of its own, Go's name of its architecture, for which programs are brought there;
    ``versions`` are those of the programs that aiotctl brings, by name.
    """

    address: str
    place: HostPlace | None
    programs: tuple[str, ...]
    directories: tuple[Directory, ...]
    files: tuple[ConfigFile, ...]
    services: tuple[Service, ...]
    runtime: str = "process"
    packages: tuple[Package, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    firewall: Text = ()
    listens: str = ""
    arch: str = "amd64"
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Right:
    """Who may publish to or subscribe to which MQTT topic filter."""

    client: str
    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """What is stored of a point: raw, or one aggregate of a pipeline.

    ``id`` is a positive 63-bit integer derived from the first address; ``silence_ms`` the longest expected
    silence;
    ``pipeline`` is empty for the raw series, ``aggregate`` empty where there is no window.
    """

    id: int
    address: str
    site: str
    gateway: str
    device: str
    device_type: str
    point: str
    pipeline: str
    aggregate: str
    type: ValueType
    unit: str
    range: tuple[Decimal, Decimal] | None
    silence_ms: int
    enum: tuple[tuple[int, str], ...] = ()
    lake: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """How a series gets from its device to its table, hop by hop, as addresses; nobody derives a hop twice.

    ``collector_input`` is the alias of the collector's input for the device (as it appears in the
    collector's log),
    ``device_client`` the broker user of a device that publishes to the compiled broker itself (empty
    otherwise).
    """

    series: int
    device: str
    endpoint: str
    collector: str
    collector_input: str
    device_client: str
    topic: str
    broker: str
    writer: str
    database: str
    table: str


@dataclass(frozen=True, slots=True)
class Migration:
    """One forward-only step of a schema. Numbers ascend and a step once published never changes."""

    number: int
    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A role of people and programs in a database: the ``views`` it may select from, and what it sees there:
    (pipeline, site), an empty pipeline meaning raw values and an empty site all of them.
    """

    name: str
    views: tuple[str, ...]
    scopes: tuple[tuple[str, str], ...]


LOGINS = SecretRef("access/logins")
"""The logins that people and programs were given: a JSON object by name, see ``access/logins.py``."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables, views and metadata of a database.

    ``migrations`` are constant; ``series`` the metadata rows; ``views`` (name, select statement) are replaced
    as a whole; ``settings`` (retention, partition width ...) are rows the maintenance job reads; ``admin`` is
    the password of the server's superuser, as whom the schema is applied. ``readers`` are the roles of people
    and programs, ``logins`` who has one of them; nobody else may log in beside ``roles``. ``place`` is the
    machine of the database, None for this one. A managed database has none of its own: it is dialled
    at ``endpoint`` and ``port`` (else ``endpoint`` holds both), by way of ``place``, which can reach it, and
    its authority is ``ca`` (PEM). ``user`` is the administrator: of a managed one no superuser.
    """

    address: str
    database: str
    endpoint: Ref
    migrations: tuple[Migration, ...]
    series: tuple[Series, ...]
    views: tuple[tuple[str, str], ...]
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    roles: tuple[tuple[str, SecretRef], ...] = ()
    admin: SecretRef = SecretRef("database/admin")
    readers: tuple[Reader, ...] = ()
    logins: SecretRef = LOGINS
    place: HostPlace | None = None
    port: Ref | None = None
    ca: Ref | None = None
    user: str = "admin"

    @property
    def managed(self) -> bool:
        """Whether it is a cloud's own."""
        return self.ca is not None


@dataclass(frozen=True, slots=True)
class Stack:
    """A Pulumi stack: central services of an environment, and in the lab its field machines in one of their
    own. ``secrets`` are (name in the stack's configuration, the vault's secret). Its outputs are referred to
    as ``Ref(address, "machine/hub-1/address")``; `stacks/contract/outputs.py` names them all. ``program``: a
    digest of the program that makes it; ``secrets_provider``: the URL of a cloud's key that encrypts secrets
    in its state, empty for a passphrase from the vault.
    """

    address: str
    arguments: Arguments
    secrets: tuple[tuple[str, SecretRef], ...] = ()
    program: str = ""
    secrets_provider: str = ""


Rendered = Host | Schema | Stack
"""A unit in primitives."""
