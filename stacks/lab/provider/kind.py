"""What a type of resource can do: the servicer knows all of them by this alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol

from stacks.lab.provider.inputs import AnyInputs
from stacks.lab.provider.values import Properties

Tell = Callable[[str], None]
"""Takes a line of progress."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The stack that asks, as PROJECT/STACK, and who hears of progress."""

    name: str
    tell: Tell


@dataclass(frozen=True, slots=True)
class Live(Generic[AnyInputs]):
    """What is really there: what it was made from, and what came of it."""

    inputs: AnyInputs
    outputs: Properties


class Kind(Protocol[AnyInputs]):
    """A type of resource. All raise LabError; each may be asked again for what it has done already."""

    inputs: type[AnyInputs]
    outputs: tuple[str, ...]
    """What is known once it is there."""

    def id(self, inputs: AnyInputs) -> str:
        """The name by which it is found again."""
        ...

    def create(self, inputs: AnyInputs, owner: Owner) -> Live[AnyInputs]:
        """Makes it, or finishes what was begun."""
        ...

    def read(self, id: str) -> Live[AnyInputs] | None:
        """What is there, None where there is nothing."""
        ...

    def take(self, id: str, owner: Owner) -> None:
        """Makes this stack its owner, as it is imported."""
        ...

    def update(self, id: str, inputs: AnyInputs, owner: Owner) -> Live[AnyInputs]:
        """Changes it in place, and starts it where it stands still."""
        ...

    def delete(self, id: str, owner: Owner) -> None:
        """Takes it away; nothing where it is not there."""
        ...
