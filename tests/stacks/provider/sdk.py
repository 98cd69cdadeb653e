"""Reads the resource types of a cloud off the classes of its official SDK.

Reading one imports the SDK's module, which takes seconds; what was read is kept as JSON by version.
"""

from __future__ import annotations

import enum
import hashlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import os
import re
import threading
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any

PACKAGES = {"aws": "pulumi_aws", "azure-native": "pulumi_azure_native", "gcp": "pulumi_gcp"}

SCALARS = {str: "string", bool: "boolean", int: "integer", float: "number"}

OUTDATED = "The enum data type is currently deprecated"
"""Azure's words for an enumeration that lacks what is newer than it."""

_reading = threading.Lock()
"""Held while a type is read: a module that another thread imports just now is only half there."""

Schema = dict[str, Any]
"""``{"inputs": properties, "outputs": properties, "objects": {name: properties}}``, see `shapes`."""


def resource(cloud: str, token: str) -> Schema:
    """The type with this token (``aws:ec2/vpc:Vpc``). Raises KeyError for one that the SDK does not have."""
    return _kept(cloud, token, lambda: _read_resource(cloud, token))


def provider(cloud: str) -> Schema:
    """The configuration of the cloud's provider."""
    module = f"{PACKAGES[cloud]}.provider"
    return _kept(cloud, "provider", lambda: _of_class(importlib.import_module(module).Provider))


def function(cloud: str, token: str) -> Schema:
    """The function with this token (``aws:ec2/getAmi:getAmi``): its arguments and its result."""
    return _kept(cloud, token, lambda: _read_function(cloud, token))


def version(cloud: str) -> str:
    """The SDK's version, which is the provider's too."""
    return importlib.metadata.version(PACKAGES[cloud])


def _kept(cloud: str, token: str, read: typing.Callable[[], Schema]) -> Schema:
    path = _folder(cloud) / (re.sub(r"[^A-Za-z0-9]+", "-", token) + ".json")
    if not path.exists():
        with _reading:
            _keep(path, read())
    return json.loads(path.read_text(encoding="utf-8"))


def _keep(path: Path, schema: Schema) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
    part.write_text(json.dumps(schema), encoding="utf-8")
    part.replace(path)


def _folder(cloud: str) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    reader = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    return cache / "aiotctl" / "test-clouds" / f"{cloud}-{version(cloud)}-{reader}"


def _read_resource(cloud: str, token: str) -> Schema:
    package = PACKAGES[cloud]
    source = importlib.util.find_spec(package)
    assert source and source.origin
    text = Path(source.origin).read_text(encoding="utf-8")
    modules = re.search(r'resource_modules="""(.*?)"""', text, re.DOTALL)
    assert modules
    for module in json.loads(modules[1]):
        if token in module["classes"]:
            return _of_class(getattr(importlib.import_module(module["fqn"]), module["classes"][token]))
    raise KeyError(token)


def _of_class(resource_class: type) -> Schema:
    from pulumi._types import resource_types

    reader = _Reader()
    arguments = _arguments_class(resource_class)
    return {
        "inputs": reader.properties_of_input(arguments),
        "outputs": {
            name: {"shape": reader.shape(hint), "required": True}
            for name, hint in resource_types(resource_class).items()
            if name != "urn"
        },
        "objects": reader.objects,
    }


def _arguments_class(resource_class: type) -> type:
    for overload in typing.get_overloads(resource_class.__init__):
        if "args" in inspect.signature(overload).parameters:
            hint = typing.get_type_hints(overload, vars(importlib.import_module(resource_class.__module__)))[
                "args"
            ]
            return next(one for one in (typing.get_args(hint) or (hint,)) if one is not NoneType)
    raise KeyError(resource_class.__name__)


def _read_function(cloud: str, token: str) -> Schema:
    """A function's ``__args__`` say how its arguments are called on the wire."""
    _, place, name = token.split(":")
    folder = place.split("/")[0]
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    package = PACKAGES[cloud] if folder == "index" else f"{PACKAGES[cloud]}.{folder}"
    module = importlib.import_module(f"{package}.{snake}")
    called = getattr(module, snake)
    wire = dict(re.findall(r"__args__\['(\w+)'\] = (\w+)", inspect.getsource(called)))
    hints = typing.get_type_hints(called, vars(module))
    parameters = inspect.signature(called).parameters
    reader = _Reader()
    return {
        "inputs": {
            spoken: {
                "shape": reader.shape(hints[python]),
                "required": parameters[python].default is inspect.Parameter.empty,
            }
            for spoken, python in wire.items()
        },
        "outputs": reader.properties_of_output(_result(hints["return"])),
        "objects": reader.objects,
    }


def _result(awaitable: type) -> type:
    return awaitable.__mro__[1] if awaitable.__name__.startswith("Awaitable") else awaitable


class _Reader:
    """Turns type hints into shapes, and gathers the objects that they name."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}

    def shape(self, hint: Any) -> dict[str, Any]:
        origin = typing.get_origin(hint)
        if hint in SCALARS:
            return {"is": SCALARS[hint]}
        if origin is typing.Union or str(origin) == "<class 'types.UnionType'>":
            return self._union(typing.get_args(hint))
        if origin in (list, Sequence):
            return {"is": "list", "of": self.shape(typing.get_args(hint)[0])}
        if origin in (dict, Mapping):
            return {"is": "map", "of": self.shape(typing.get_args(hint)[1])}
        if isinstance(hint, type):
            return self._class(hint)
        return {"is": "any"}

    def properties_of_input(self, cls: type) -> dict[str, Any]:
        from pulumi._types import input_type_py_to_pulumi_names, input_type_types

        hints = input_type_types(cls)
        parameters = inspect.signature(cls.__init__).parameters
        return {
            wire: {
                "shape": self.shape(hints[wire]),
                "required": parameters[python].default is inspect.Parameter.empty,
            }
            for python, wire in input_type_py_to_pulumi_names(cls).items()
            if python in parameters
        }

    def properties_of_output(self, cls: type) -> dict[str, Any]:
        from pulumi._types import output_type_types

        return {
            name: {"shape": self.shape(hint), "required": True}
            for name, hint in output_type_types(cls).items()
        }

    def _class(self, cls: type) -> dict[str, Any]:
        from pulumi._types import is_input_type, is_output_type

        if issubclass(cls, enum.Enum):
            if OUTDATED in (cls.__doc__ or ""):
                return {"is": "string"}
            return {"is": "enum", "values": [one.value for one in cls]}
        if not (is_input_type(cls) or is_output_type(cls)):
            return {"is": "any"}
        name = f"{cls.__module__}.{cls.__name__}"
        if name not in self.objects:
            self.objects[name] = {}  # an object may hold itself
            self.objects[name] = (
                self.properties_of_input(cls) if is_input_type(cls) else self.properties_of_output(cls)
            )
        return {"is": "object", "name": name}

    def _union(self, hints: Sequence[Any]) -> dict[str, Any]:
        """Of what remains without futures, outputs and dictionaries in place of typed objects. A text beside
        an enumeration must be one of it.
        """
        shapes: list[dict[str, Any]] = []
        for hint in hints:
            if hint is not NoneType and not _is_wrapping(hint):
                shape = self.shape(hint)
                if shape not in shapes:
                    shapes.append(shape)
        if any(shape["is"] == "object" for shape in shapes):
            shapes = [shape for shape in shapes if shape["is"] != "map"]
        enums = [shape for shape in shapes if shape["is"] == "enum"]
        if enums:
            return enums[0]
        return shapes[0] if len(shapes) == 1 else {"is": "union", "of": shapes}


def _is_wrapping(hint: Any) -> bool:
    import collections.abc

    from pulumi import Output

    origin = typing.get_origin(hint)
    return origin in (Output, collections.abc.Awaitable) or typing.is_typeddict(hint)
