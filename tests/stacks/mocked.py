"""Runs a stack without an engine: Pulumi's mocks, answered by the clouds of the tests."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc

from stacks.contract.arguments import Arguments
from tests.stacks import samples
from tests.stacks.provider.cloud import Cloud
from tests.stacks.rig import PACKAGES


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource as a program declares it. ``inputs`` by the cloud's own names of properties; ``secrets``:
    those among them that are secret.
    """

    token: str
    name: str
    inputs: Mapping[str, Any]
    secrets: frozenset[str]
    protected: bool


@dataclass(slots=True)
class Recorder(mocks.Mocks):
    """Keeps what is declared. Raises AssertionError for what the cloud would refuse."""

    cloud: Cloud
    declared: list[Declared] = field(default_factory=list[Declared])
    protected: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """What the cloud would give."""
        if not args.custom or args.typ.startswith("pulumi:"):
            return args.resource_id or args.name, args.inputs
        secrets = frozenset(name for name, value in args.inputs.items() if rpc.is_rpc_secret(value))
        plain = {name: rpc.unwrap_rpc_secret(value) for name, value in args.inputs.items()}
        inputs = self.cloud.named(args.typ, plain, args.name, args.name)
        wrong = self.cloud.wrong(args.typ, inputs)
        assert not wrong, f"{args.typ} {args.name}: {wrong}"
        self.declared.append(
            Declared(args.typ, args.name, inputs, secrets, (args.typ, args.name) in self.protected)
        )
        name = self.cloud.physical(args.typ, inputs, args.name)
        return f"{args.name}-id", self.cloud.outputs(args.typ, inputs, name, args.name)

    def call(self, args: mocks.MockCallArgs) -> dict[Any, Any]:
        """What the cloud would answer."""
        wrong = self.cloud.refused(args.token, dict(args.args))
        assert not wrong, f"{args.token}: {wrong}"
        return dict(self.cloud.answer(args.token, dict(args.args)))


class Monitor(mocks.MockMonitor):
    """Tells the recorder of a resource's options, which mocks are not told of."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self._recorder = recorder

    def RegisterResource(self, request: Any) -> Any:
        if request.protect:
            self._recorder.protected.add((request.type, request.name))
        return super().RegisterResource(request)


@dataclass(frozen=True, slots=True)
class Made:
    """All that a stack declares, and its outputs."""

    declared: tuple[Declared, ...]
    outputs: Mapping[str, str]

    def of(self, token: str) -> Iterator[Declared]:
        """Those of a type."""
        return (one for one in self.declared if one.token == token)

    def named(self, token: str, name: str) -> Declared:
        """The one of a type whose logical name ends so."""
        [found] = [one for one in self.of(token) if one.name.endswith(name)]
        return found


def declare(arguments: Arguments) -> Made:
    """The stack of these arguments."""
    asyncio.set_event_loop(asyncio.new_event_loop())  # Pulumi asks for one, which other tests may have closed
    recorder = Recorder(Cloud(PACKAGES[arguments.cloud]))
    mocks.set_mocks(recorder, "aiotctl-press-shop", f"{arguments.environment}-hub", monitor=Monitor(recorder))
    resolved: dict[str, str] = {}

    @pulumi.runtime.test
    def run() -> Any:
        hub = importlib.import_module(f"stacks.{arguments.cloud}.hub")
        return pulumi.Output.all(**hub.create(arguments, _secret)).apply(resolved.update)

    run()
    return Made(tuple(recorder.declared), resolved)


def _secret(name: str) -> pulumi.Output[str]:
    return pulumi.Output.secret(samples.secret(name))
