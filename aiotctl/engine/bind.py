"""Binding: references become values just before a unit runs, by one function for all backends, each with
its quoting.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from collections.abc import Callable, Iterable, Mapping

from aiotctl.errors import failure
from aiotctl.model.primitives import Host, Part, Quoting, Ref, Schema, SecretRef, Text

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


def parts_of(rendered: Host | Schema) -> Iterable[Part]:
    """Every part of every text of a rendered unit."""
    if isinstance(rendered, Schema):
        yield rendered.endpoint
        yield rendered.admin
        yield rendered.logins
        yield from (secret for _, secret in rendered.roles)
        return
    if rendered.place and rendered.place.become_secret:
        yield SecretRef(rendered.place.become_secret)
    yield from rendered.firewall
    for file in rendered.files:
        yield from file.content
    for service in rendered.services:
        for word in service.command:
            yield from word
        for _, value in service.environment:
            yield from value


def references(rendered: Host | Schema) -> tuple[Ref, ...]:
    """The references of a unit, each once."""
    return tuple(dict.fromkeys(part for part in parts_of(rendered) if isinstance(part, Ref)))


def secret_names(rendered: Host | Schema) -> tuple[str, ...]:
    """The secrets of a unit, each once."""
    return tuple(dict.fromkeys(part.name for part in parts_of(rendered) if isinstance(part, SecretRef)))


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
