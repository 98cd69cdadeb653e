"""The provider itself, as Pulumi's engine speaks to it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict, ParseDict
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from tests.stacks.provider import immutables, sdk, shapes, troubles
from tests.stacks.provider.cloud import Cloud, UnknownType, Values
from tests.stacks.provider.control import Orders
from tests.stacks.provider.peculiar import NotFound
from tests.stacks.provider.state import Held, Holdings

PROTECTED = ("deletionProtection", "disableApiTermination", "deletionProtectionEnabled")
"""Properties that forbid a deletion while they are true."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One cloud. What it holds and its orders are in a folder that outlives the process."""

    def __init__(self, cloud: str, folder: Path) -> None:
        self._cloud = Cloud(cloud)
        self._orders = Orders(folder)
        self._holdings = Holdings(folder / cloud)

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=sdk.version(self._cloud.name))

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        given = _values(request.news)
        known = {*sdk.provider(self._cloud.name)["inputs"], "version", "pluginDownloadURL"}
        failures = [shapes.Failure(name, "unknown property") for name in sorted(given.keys() - known)]
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        changed = _values(request.old_inputs) != _values(request.news)
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=kind)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        arguments = _values(request.args)
        self._obey("invoke", request.tok, request.tok, context)
        try:
            wrong = self._cloud.refused(request.tok, arguments)
            if wrong:
                return provider_pb2.InvokeResponse(failures=_failures(wrong))
            answer = self._cloud.answer(request.tok, arguments)
        except UnknownType as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except NotFound as error:
            context.abort(grpc.StatusCode.NOT_FOUND, str(error))
        return provider_pb2.InvokeResponse(**{"return": _struct(answer)})

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        token, logical = _of_urn(request.urn)
        news, olds = _values(request.news), _values(request.olds)
        try:
            named = self._cloud.named_by(token)
            if named in olds:
                news.setdefault(named, olds[named])
            news = self._cloud.named(token, news, logical, request.randomSeed.hex())
            wrong = self._cloud.wrong(token, news)
        except UnknownType as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        return provider_pb2.CheckResponse(inputs=_struct(news), failures=_failures(wrong))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        token, _ = _of_urn(request.urn)
        before, after = _values(request.old_inputs), _values(request.news)
        changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        replaced = immutables.changed(token, before, after)
        named = self._cloud.named_by(token)
        kinds = provider_pb2.PropertyDiff
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=changed,
            replaces=replaced,
            # What keeps its name must be gone before another can take it.
            deleteBeforeReplace=bool(replaced) and bool(named) and before.get(named) == after.get(named),
            hasDetailedDiff=True,
            detailedDiff={
                **{name: kinds(kind=_kind(name, before, after), inputDiff=True) for name in changed},
                **{path: kinds(kind=kinds.UPDATE_REPLACE, inputDiff=True) for path in replaced},
            },
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        token, logical = _of_urn(request.urn)
        inputs = _values(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(
                properties=_struct(self._cloud.outputs(token, inputs, logical, ""))
            )
        rule = self._obey("create", token, logical, context)
        name = self._cloud.physical(token, inputs, logical)
        self._refuse_second(token, inputs, context)
        seed = uuid.uuid4().hex
        identity = self._cloud.identity(token, inputs, name, seed)
        outputs = self._cloud.outputs(token, inputs, name, seed)
        self._holdings.put(Held(token, identity, name, seed, inputs, outputs))
        if rule.get("fail") == "partial":
            self._half_made(identity, inputs, outputs, context)
        return provider_pb2.CreateResponse(id=identity, properties=_struct(outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        token, logical = _of_urn(request.urn)
        self._obey("read", token, logical, context)
        held = self._holdings.get(token, request.id)
        if held is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=held.id, inputs=_struct(held.inputs), properties=_struct(held.outputs)
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        token, logical = _of_urn(request.urn)
        inputs = _values(request.news)
        refused = immutables.changed(token, _values(request.old_inputs), inputs)
        if refused:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{', '.join(refused)} cannot be changed")
        if request.preview:
            known = {**_values(request.olds), **inputs}
            return provider_pb2.UpdateResponse(properties=_struct(known))
        self._obey("update", token, logical, context)
        held = self._holdings.get(token, request.id)
        if held is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"{request.id} was not found")
        outputs = self._cloud.outputs(token, inputs, held.name, held.seed)
        self._holdings.put(replace(held, inputs=inputs, outputs=outputs))
        return provider_pb2.UpdateResponse(properties=_struct(outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        token, logical = _of_urn(request.urn)
        self._obey("delete", token, logical, context)
        held = self._holdings.get(token, request.id)
        if held is not None:
            if any(held.inputs.get(name) is True for name in PROTECTED):
                context.abort(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    troubles.words(self._cloud.name, "protected", logical),
                )
            self._holdings.forget(token, request.id)
        return empty_pb2.Empty()

    def _refuse_second(self, token: str, inputs: Values, context: grpc.ServicerContext) -> None:
        named = self._cloud.named_by(token)
        name = inputs.get(named)
        same = (held for held in self._holdings.all() if held.token == token)
        if name and any(held.inputs.get(named) == name for held in same):
            context.abort(grpc.StatusCode.ALREADY_EXISTS, self._words("taken", str(name)))

    def _words(self, kind: str, name: str = "") -> str:
        return troubles.words(self._cloud.name, kind, name)

    def _obey(
        self, operation: str, token: str, name: str, context: grpc.ServicerContext
    ) -> Mapping[str, Any]:
        """Waits and fails as it is told."""
        rule = self._orders.take(operation, token)
        time.sleep(rule.get("wait", 0))
        self._orders.note(operation, token, name)
        kind = rule.get("fail")
        if kind and kind != "partial":
            context.abort(grpc.StatusCode.UNKNOWN, self._words(kind))
        return rule

    def _half_made(
        self, identity: str, inputs: Values, outputs: Values, context: grpc.ServicerContext
    ) -> None:
        """The resource is there, and is not well: the engine keeps it in its state."""
        words = self._words("partial")
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=identity, properties=_struct(outputs), inputs=_struct(inputs), reasons=[words]
            )
        )
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=words, details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, words)


def _kind(name: str, before: Values, after: Values) -> int:
    kinds = provider_pb2.PropertyDiff
    return kinds.ADD if name not in before else kinds.DELETE if name not in after else kinds.UPDATE


def _of_urn(urn: str) -> tuple[str, str]:
    """Type and logical name in ``urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME``."""
    _, _, types, name = urn.split("::", 3)
    return types.split("$")[-1], name


def _values(struct: struct_pb2.Struct) -> Values:
    return MessageToDict(struct)


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    return ParseDict(dict(values), struct_pb2.Struct())


def _failures(found: Any) -> list[Any]:
    return [provider_pb2.CheckFailure(property=one.path, reason=one.reason) for one in found]
