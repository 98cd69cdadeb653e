"""Binding: references become values just before a unit runs, by one function for all backends, each with
its quoting.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from aiotctl.errors import failure
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.cloud import Arguments
from aiotctl.model.names import LOGIN_KEY
from aiotctl.model.primitives import (
    Certificate,
    Host,
    Part,
    Quoting,
    Ref,
    Rendered,
    Schema,
    SecretRef,
    Stack,
    Text,
    machine_address,
)

AnyRendered = TypeVar("AnyRendered", Host, Schema, Stack, Rendered)

KNOWN_LATER = "(known after apply)"
SENSITIVE = "(sensitive)"


def key(ref: Ref) -> str:
    """How a reference is called in outputs and bindings."""
    return f"{ref.address}#{ref.attribute}"


def bind(text: Text, outputs: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """The text with every reference replaced by its quoted value. Raises AiotctlError for a value that is
    not known.
    """
    return "".join(_value(part, outputs, secrets) for part in text)


def unbound(text: Text) -> str:
    """The text for people: references named, secrets never."""
    return "".join(
        part if isinstance(part, str) else SENSITIVE if isinstance(part, SecretRef) else f"{{{key(part)}}}"
        for part in text
    )


def parts_of(rendered: Rendered) -> Iterable[Part]:
    """Every part of every text of a rendered unit."""
    if isinstance(rendered, Stack):
        yield from (secret for _, secret in rendered.secrets)
        if rendered.arguments.machines:
            yield SecretRef(LOGIN_KEY)
        return
    if rendered.place and rendered.place.stack:
        yield machine_address(rendered.place)
    if isinstance(rendered, Schema):
        yield from (ref for ref in (rendered.endpoint, rendered.port, rendered.ca) if ref)
        yield rendered.admin
        yield rendered.logins
        yield from (secret for _, secret in rendered.roles)
        return
    if rendered.place and rendered.place.become_secret:
        yield SecretRef(rendered.place.become_secret)
    for certificate in rendered.certificates:
        yield from certificate.hosts
    yield from rendered.firewall
    for file in rendered.files:
        yield from file.content
    for service in rendered.services:
        for word in service.command:
            yield from word
        for _, value in service.environment:
            yield from value


def references(rendered: Rendered) -> tuple[Ref, ...]:
    """The references of a unit, each once."""
    return tuple(dict.fromkeys(part for part in parts_of(rendered) if isinstance(part, Ref)))


def secret_names(rendered: Rendered) -> tuple[str, ...]:
    """The secrets of a unit, each once."""
    return tuple(dict.fromkeys(part.name for part in parts_of(rendered) if isinstance(part, SecretRef)))


def is_placed(rendered: Rendered, outputs: Mapping[str, str]) -> bool:
    """Whether the machine of a unit can be dialled: it has an address, needs none, or its stack gave one."""
    place = None if isinstance(rendered, Stack) else rendered.place
    return place is None or not place.stack or key(machine_address(place)) in outputs


def placed(
    rendered: AnyRendered, outputs: Mapping[str, str], dialled: Callable[[HostPlace], HostPlace]
) -> AnyRendered:
    """The unit with the address of a machine that a stack made, in its place and in its certificates; as it
    is where no stack made it. ``dialled`` completes the place with what a login there takes. Raises
    AiotctlError where the address is not known.
    """
    if isinstance(rendered, Stack) or rendered.place is None or not rendered.place.stack:
        return rendered
    where = _value(machine_address(rendered.place), outputs, {})
    place = dialled(replace(rendered.place, address=where))
    if isinstance(rendered, Schema):
        return replace(rendered, place=place)
    certificates = tuple(_certificate(one, outputs) for one in rendered.certificates)
    return replace(rendered, place=place, certificates=certificates)


def nearby(rendered: Rendered, outputs: Mapping[str, str]) -> Mapping[str, str]:
    """What a machine that a stack made dials at machines of the same stack, itself too: their addresses in
    the stack's own network. The others are for those from outside, and the doors are shut to all but them.
    """
    place = rendered.place if isinstance(rendered, Host) else None
    if place is None or not place.stack:
        return {}
    found: dict[str, str] = {}
    for ref in references(rendered):
        machine = f"{place.stack}#machine/{_machine(ref.address)}/"
        outside, inside = outputs.get(f"{machine}address"), outputs.get(f"{machine}private_address")
        known = outputs.get(key(ref), "")
        if outside and inside and ref.address != place.stack and known.startswith(outside):
            found[key(ref)] = inside + known.removeprefix(outside)
    return found


def _machine(address: str) -> str:
    """The machine of a host's service, as its stack calls it."""
    return address.partition("/service/")[0].removeprefix("host/").replace("/", ".")


def _certificate(certificate: Certificate, outputs: Mapping[str, str]) -> Certificate:
    if certificate.is_bound:
        return certificate
    hosts = (_value(one, outputs, {}) for one in certificate.hosts)
    return replace(certificate, hosts=tuple(dict.fromkeys(hosts)))


def arguments(stack: Stack, secrets: Mapping[str, str]) -> Arguments:
    """What a stack's program is given: its arguments with the public halves of the keys that the vault holds.
    It holds no secret.
    """
    from aiotctl.access.ssh_keys import public_half

    named = dict(stack.secrets)
    machines = tuple(
        replace(
            machine,
            host_key=public_half(secrets[named[f"host_key/{machine.name}"].name]),
            login_key=public_half(secrets[LOGIN_KEY]),
        )
        for machine in stack.arguments.machines
    )
    return replace(stack.arguments, machines=machines)


def _value(part: Part, outputs: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, SecretRef):
        return QUOTE[part.quoting](secrets[part.name])
    value = outputs.get(key(part))
    if value is None:
        raise failure(
            "unbound-reference",
            "A value that this unit needs is not known yet",
            f"{key(part)} is given by another unit that has not been applied.",
            "Apply without --target, or include the unit that gives the value.",
        )
    return QUOTE[part.quoting](value)


def quote_toml(value: str) -> str:
    """A TOML basic string (TOML 1.0, section String): JSON's escapes are a subset, DEL is added."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


MOSQUITTO_ROUNDS = 101
"""Rounds of PBKDF2, Mosquitto's own number: a generated password has 192 random bits and needs none."""


def mosquitto_hash(password: str) -> str:
    """A password as Mosquitto's password file holds it: ``$7$rounds$salt$hash`` (PBKDF2-HMAC-SHA512).

    The salt follows from the password, so that the same password gives the same file.
    """
    salt = hashlib.sha256(b"mosquitto\0" + password.encode()).digest()[:12]
    made = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, MOSQUITTO_ROUNDS)
    return f"$7${MOSQUITTO_ROUNDS}${_base64(salt)}${_base64(made)}"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


QUOTE: Mapping[Quoting, Callable[[str], str]] = {
    Quoting.RAW: str,
    Quoting.TOML: quote_toml,
    Quoting.TELEGRAF: lambda value: quote_toml(value.replace("$", "$$")),
    Quoting.JSON: lambda value: json.dumps(value, ensure_ascii=False),
    Quoting.SHELL: shlex.quote,
    Quoting.NATS: lambda value: json.dumps(value, ensure_ascii=True),
    Quoting.MOSQUITTO: mosquitto_hash,
}
