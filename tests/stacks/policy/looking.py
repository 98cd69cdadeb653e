"""How a rule looks at what a stack declares. Each function gives what breaks the rule, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.stacks.mocked import Declared, Made
from tests.stacks.provider.immutables import values

Check = Callable[[Made], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Cell:
    """How a cloud keeps a rule, and what is looked at. Without a check it is the cloud's own nature."""

    how: str
    check: Check | None = None


def kinds(made: Made, token: str) -> Iterator[Declared]:
    """The resources of a type, of which there must be one: a rule about nothing is none."""
    found = list(made.of(token))
    assert found, f"no {token} is declared"
    yield from found


def all_are(token: str, path: str, *wanted: Any) -> Check:
    """Every resource of the type has one of these values there."""

    def check(made: Made) -> Iterator[str]:
        for one in kinds(made, token):
            found = values(one.inputs, path)
            if not found or any(value not in wanted for value in found):
                yield f"{one.name}: {path} is {found}"

    return check


def none_has(token: str, path: str) -> Check:
    """No resource of the type has anything there."""

    def check(made: Made) -> Iterator[str]:
        for one in kinds(made, token):
            if values(one.inputs, path):
                yield f"{one.name}: {path} is told"

    return check


def all_secret(token: str, property_: str) -> Check:
    """The property is a secret in every resource of the type."""

    def check(made: Made) -> Iterator[str]:
        for one in kinds(made, token):
            if property_ not in one.secrets:
                yield f"{one.name}: {property_} is no secret"

    return check


def all_protected(*tokens: str) -> Check:
    """The engine refuses to delete every resource of these types."""

    def check(made: Made) -> Iterator[str]:
        for token in tokens:
            for one in kinds(made, token):
                if not one.protected:
                    yield f"{one.name} ({token}) is not protected"

    return check


def there_is(token: str, least: int = 1) -> Check:
    """At least so many resources of the type are declared, with inputs of their own."""

    def check(made: Made) -> Iterator[str]:
        found = [one for one in made.of(token) if one.inputs]
        if len(found) < least:
            yield f"{len(found)} {token}, not {least}"

    return check


def together(*checks: Check) -> Check:
    """All of them."""

    def check(made: Made) -> Iterator[str]:
        for one in checks:
            yield from one(made)

    return check
