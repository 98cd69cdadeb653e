"""The toy cloud's provider: each thing is a JSON file in the folder TOY_WORLD, named by its kind and name.

TOY_WORLD/wait holds seconds that every change takes; TOY_WORLD/refuse holds lines `NAME WORDS`: a change of
the thing NAME is refused with these words. TOY_WORLD/begun gets a line for each change that begins,
TOY_WORLD/log for each that was made.
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

WORLD = Path(os.environ["TOY_WORLD"])
FIXED = ("region", "prefix", "cidr")
SIGNATURE = "4dabf18193072939515e22adb298388d"


def plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    return json_format.MessageToDict(struct)


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def bare(values: dict[str, Any]) -> dict[str, Any]:
    return {k: v["value"] if isinstance(v, dict) and SIGNATURE in v else v for k, v in values.items()}


def file_of(urn: str) -> Path:
    kind, name = urn.split("::")[-2:]
    return WORLD / f"{kind.rpartition(':')[2]}.{name}.json"


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="1.0.0")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse()

    def Configure(self, request: Any, context: Any) -> Any:
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Check(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        old, new = bare(plain(request.old_inputs)), bare(plain(request.news))
        differ = [key for key in {*old, *new} if old.get(key) != new.get(key)]
        kinds = provider_pb2.PropertyDiff
        detailed = {
            key: kinds(kind=kinds.UPDATE_REPLACE if key in FIXED else kinds.UPDATE, inputDiff=True)
            for key in differ
        }
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if differ else provider_pb2.DiffResponse.DIFF_NONE,
            replaces=[key for key in differ if key in FIXED],
            diffs=differ,
            detailedDiff=detailed,
            hasDetailedDiff=True,
            deleteBeforeReplace=True,
        )

    def Create(self, request: Any, context: Any) -> Any:
        inputs = plain(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        file = file_of(request.urn)
        changing(file, "create", context)
        if file.exists():
            found = json.loads(file.read_text())
            if found["urn"] != request.urn:
                context.abort(grpc.StatusCode.ALREADY_EXISTS, f"{file.stem} already exists")
        made = write(file, request.urn, inputs, "adopt" if file.exists() else "create")
        return provider_pb2.CreateResponse(
            id=made["id"], properties=struct({**inputs, "address": made["address"]})
        )

    def Update(self, request: Any, context: Any) -> Any:
        inputs, file = plain(request.news), file_of(request.urn)
        if not request.preview:
            changing(file, "update", context)
            write(file, request.urn, inputs, "update")
        address = plain(request.olds)["address"]
        return provider_pb2.UpdateResponse(properties=struct({**inputs, "address": address}))

    def Read(self, request: Any, context: Any) -> Any:
        file = file_of(request.urn)
        if not file.exists():
            return provider_pb2.ReadResponse()
        found = json.loads(file.read_text())
        outputs = struct({**found["inputs"], "address": found["address"]})
        return provider_pb2.ReadResponse(id=found["id"], properties=outputs, inputs=struct(found["inputs"]))

    def Delete(self, request: Any, context: Any) -> Any:
        file = file_of(request.urn)
        changing(file, "delete", context)
        file.unlink(missing_ok=True)
        log("delete", file)
        return empty_pb2.Empty()


def changing(file: Path, what: str, context: Any) -> None:
    """Waits and refuses as the world is told to."""
    with (WORLD / "begun").open("a") as begun:
        begun.write(f"{what} {file.stem}\n")
    wait = WORLD / "wait"
    time.sleep(float(wait.read_text()) if wait.exists() else 0)
    refuse = WORLD / "refuse"
    for line in refuse.read_text().splitlines() if refuse.exists() else ():
        name, _, words = line.partition(" ")
        if file.stem.endswith(f".{name}"):
            context.abort(grpc.StatusCode.UNKNOWN, words)


def write(file: Path, urn: str, inputs: dict[str, Any], what: str) -> dict[str, Any]:
    number = sum(file.stem.encode()) % 200
    made = {"urn": urn, "id": file.stem, "address": f"192.0.2.{number}", "inputs": inputs}
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(made))
    draft.rename(file)
    log(what, file)
    return made


def log(what: str, file: Path) -> None:
    with (WORLD / "log").open("a") as log_file:
        log_file.write(f"{what} {file.stem}\n")


def main() -> None:
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    owner = os.getppid()
    while os.getppid() == owner:
        time.sleep(0.2)
    server.stop(0)


main()
