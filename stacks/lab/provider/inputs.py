"""What the lab's resources are asked for, and what a change of it means."""

from __future__ import annotations

import ipaddress
import platform
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, ClassVar, Protocol, TypeVar

from stacks.lab.provider.values import UNKNOWN

POSTGRES = "15"
"""The version that the lab's databases have: Debian's."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*([/.][a-z0-9][a-z0-9-]*)*")
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class Inputs(Protocol):
    """A frozen dataclass whose types say by a mark what a change of a property means."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def network(self) -> str: ...

    @property
    def name(self) -> str: ...


AnyInputs = TypeVar("AnyInputs", bound=Inputs)


class Mark(Enum):
    """What a property is beside its type."""

    REPLACES = "a change needs a new one"
    GROWS = "less needs a new one, more does not"
    SECRET = "a secret"  # noqa: S105 - a word, none itself


Fixed = Annotated[str, Mark.REPLACES]
Secret = Annotated[str, Mark.SECRET]
Growing = Annotated[int, Mark.GROWS]


@dataclass(frozen=True, slots=True)
class NetworkInputs:
    """A network by its name. All stacks that want one of this name share it."""

    name: Fixed
    cidr: Fixed
    tags: dict[str, str]

    @property
    def network(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class MachineInputs:
    """A machine in a network. Sizes are noted: all machines share what the host has."""

    network: Fixed
    name: Fixed
    arch: Fixed
    vcpus: int
    memory_gib: int
    disk_gib: Growing
    login: Fixed
    login_key: str
    host_key: Secret
    host_public_key: str
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class DatabaseInputs:
    """A PostgreSQL with one administrator, who is no superuser, and one database of theirs."""

    network: Fixed
    name: Fixed
    version: Fixed
    vcpus: int
    memory_gib: int
    disk_gib: Growing
    admin: Fixed
    database: Fixed
    password: Secret
    backup_days: int
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class BucketInputs:
    """A bucket with one key to it. Objects end after ``expire_days`` (0: never)."""

    network: Fixed
    name: Fixed
    access_key: str
    secret_key: Secret
    expire_days: int
    tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A property that cannot be as it is given."""

    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """Properties that differ: those that need a new one, and the others."""

    replaces: tuple[str, ...]
    updates: tuple[str, ...]


def read(wanted: type[AnyInputs], properties: Mapping[str, Any]) -> AnyInputs:
    """From properties that were checked; others beside them are left out."""
    return wanted(**{name: properties[name] for name in _types(wanted)})


def secrets(wanted: type[Inputs]) -> frozenset[str]:
    """The properties that are secrets."""
    return frozenset(name for name, marked in _types(wanted).items() if _is(marked, Mark.SECRET))


def check(wanted: type[Inputs], properties: Mapping[str, Any]) -> list[Refusal]:
    """What is wrong with properties; none where all is well. Those not known yet pass."""
    types = typing.get_type_hints(wanted)
    found = [Refusal(name, "there is no such property") for name in properties if name not in types]
    for name, plain_type in types.items():
        value, wanted_type = properties.get(name), typing.get_origin(plain_type) or plain_type
        if value is None:
            found.append(Refusal(name, "it is missing"))
        elif value == UNKNOWN:
            continue
        elif type(value) is not wanted_type:
            reason = f"{wanted_type.__name__} is expected, not {type(value).__name__}"
            found.append(Refusal(name, reason))
        elif reason := _RULES.get(name, _any)(value):
            found.append(Refusal(name, reason))
    return found


def changes(wanted: type[Inputs], old: Mapping[str, Any], new: Mapping[str, Any]) -> Change:
    """What differs. A property that is not known yet counts as differing."""
    replaces: list[str] = []
    updates: list[str] = []
    for name, marked in _types(wanted).items():
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        shrinks = _is(marked, Mark.GROWS) and (not isinstance(after, int) or after < (before or 0))
        (replaces if _is(marked, Mark.REPLACES) or shrinks else updates).append(name)
    return Change(tuple(replaces), tuple(updates))


def _types(wanted: type[Inputs]) -> dict[str, Any]:
    return typing.get_type_hints(wanted, include_extras=True)


def _is(marked: Any, mark: Mark) -> bool:
    return mark in getattr(marked, "__metadata__", ())


def _any(_: Any) -> str:
    return ""


def _name(value: str) -> str:
    return "" if _NAME.fullmatch(value) else f"{value!r} is no name: small letters, digits and - are"


def _account(value: str) -> str:
    return "" if _ACCOUNT.fullmatch(value) else f"{value!r} is no name of an account"


def _cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        return f"it is no IPv4 network: {error}"
    if not network.is_private or network.prefixlen > 28:
        return f"{value} is no private network with room for machines (/28 or larger)"
    return ""


def _arch(value: str) -> str:
    here = _ARCHITECTURES.get(platform.machine(), platform.machine())
    return "" if value == here else f"this machine is {here}, and so are all in its lab; not {value}"


def _version(value: str) -> str:
    return "" if value == POSTGRES else f"the lab has PostgreSQL {POSTGRES}, not {value}"


_RULES = {
    "name": _name,
    "network": _name,
    "cidr": _cidr,
    "arch": _arch,
    "login": _account,
    "admin": _account,
    "database": _account,
    "version": _version,
}
