"""The gRPC service by which the engine asks for the lab's resources."""

# ruff: noqa: N802 - the methods are named by the protocol

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from stacks.lab.machines import child
from stacks.lab.machines.failure import CancelledError, LabError
from stacks.lab.machines.space import missing
from stacks.lab.provider.inputs import changes, check, read, secrets
from stacks.lab.provider.kind import Kind, Live, Owner
from stacks.lab.provider.kinds import KINDS
from stacks.lab.provider.values import UNKNOWN, Properties, packed, plain

VERSION = "1.0.0"
STATE, RUNNING = "state", "running"

Answer = TypeVar("Answer")


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine. What it is told of a resource's inputs it knows by their class alone."""

    def __init__(self) -> None:
        self._engine: Any = None

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(request.engine_address))
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        if reason := missing():
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, reason)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        child.cancel()
        return empty_pb2.Empty()

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        kind = _kind(request.urn, context)
        failures = [
            provider_pb2.CheckFailure(property=one.property, reason=one.reason)
            for one in check(kind.inputs, plain(request.news))
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        kind = _kind(request.urn, context)
        change = changes(kind.inputs, plain(request.old_inputs), plain(request.news))
        # One that stands still, as after a boot of the host, is to be started.
        updates = [*change.updates]
        if plain(request.olds).get(STATE, RUNNING) != RUNNING:
            updates.append(STATE)
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some if change.replaces or updates else none,
            replaces=change.replaces,
            diffs=[*change.replaces, *updates],
            deleteBeforeReplace=True,  # names are their places: there cannot be two of a name
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        kind = _kind(request.urn, context)
        given = plain(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=_foreseen(kind, given, {}))
        inputs = read(kind.inputs, given)
        owner = self._owner(request.urn)
        live = _answered(lambda: kind.create(inputs, owner), context)
        return provider_pb2.CreateResponse(id=kind.id(inputs), properties=_outputs(kind, live))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        kind = _kind(request.urn, context)
        owner = self._owner(request.urn)
        live = _answered(lambda: kind.read(request.id), context)
        if not live:
            return provider_pb2.ReadResponse()
        if not request.properties.fields:
            _answered(lambda: kind.take(request.id, owner), context)
        inputs = packed(asdict(live.inputs), secrets(kind.inputs))
        return provider_pb2.ReadResponse(id=request.id, properties=_outputs(kind, live), inputs=inputs)

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        kind = _kind(request.urn, context)
        given = plain(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=_foreseen(kind, given, plain(request.olds)))
        inputs = read(kind.inputs, given)
        owner = self._owner(request.urn)
        live = _answered(lambda: kind.update(request.id, inputs, owner), context)
        return provider_pb2.UpdateResponse(properties=_outputs(kind, live))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        kind = _kind(request.urn, context)
        owner = self._owner(request.urn)
        _answered(lambda: kind.delete(request.id, owner), context)
        return empty_pb2.Empty()

    def _owner(self, urn: str) -> Owner:
        stack, project, *_ = urn.removeprefix("urn:pulumi:").split("::")

        def tell(text: str) -> None:
            if self._engine:
                info = engine_pb2.LogSeverity.INFO
                self._engine.Log(engine_pb2.LogRequest(severity=info, message=text, urn=urn))

        return Owner(f"{project}/{stack}", tell)


def _kind(urn: str, context: grpc.ServicerContext) -> Kind[Any]:
    token = urn.split("::")[2].rpartition("$")[2]
    if token not in KINDS:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the lab has no {token}; it has {', '.join(KINDS)}")
    return KINDS[token]


def _answered(ask: Callable[[], Answer], context: grpc.ServicerContext) -> Answer:
    """What is asked for; failures in words, by codes that tell the engine that nothing is half done."""
    try:
        child.go_on()
        return ask()
    except CancelledError as error:
        context.abort(grpc.StatusCode.CANCELLED, str(error))
    except LabError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        context.abort(grpc.StatusCode.ABORTED, f"the lab failed: {type(error).__name__}: {error}")
    raise AssertionError("abort raises")


def _outputs(kind: Kind[Any], live: Live[Any]) -> Any:
    hidden = secrets(kind.inputs)
    shown = {name: value for name, value in asdict(live.inputs).items() if name not in hidden}
    return packed({**shown, **live.outputs})


def _foreseen(kind: Kind[Any], given: Properties, olds: Properties) -> Any:
    """Outputs before it is made or changed: those of before, or unknown."""
    hidden = secrets(kind.inputs)
    shown = {name: value for name, value in given.items() if name not in hidden}
    return packed({**shown, **{name: olds.get(name, UNKNOWN) for name in kind.outputs}})
