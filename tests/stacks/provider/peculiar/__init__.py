"""What is peculiar to each cloud: ids, outputs that others build upon, answers of functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol


class NotFound(Exception):
    """The cloud has no such thing."""


@dataclass(frozen=True, slots=True)
class New:
    """A resource that is being made. ``seed`` sets it apart from all others."""

    token: str
    name: str
    seed: str
    inputs: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The last part of the type's token."""
        return self.token.split(":")[-1]


class Peculiar(Protocol):
    """A module of a cloud."""

    def identity(self, new: New) -> str:
        """The id of a new resource."""
        ...

    def outputs(self, new: New) -> Mapping[str, Any]:
        """Outputs that shape and name do not tell."""
        ...

    def answer(self, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """What matters of a function's answer. Raises NotFound."""
        ...


def of(cloud: str) -> Peculiar:
    """That of a cloud, by the name of its provider."""
    module: Any = import_module(f"{__name__}.{cloud.replace('-', '_')}")
    return module
