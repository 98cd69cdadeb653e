"""A cloud without its server: what it accepts, and what it would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.stacks.provider import naming, peculiar, plausible, sdk, shapes

Values = dict[str, Any]


class UnknownType(Exception):
    """The SDK has no resource and no function of this name."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A cloud by the name of its provider (``aws``, ``azure-native``, ``gcp``)."""

    name: str

    def resource(self, token: str) -> sdk.Schema:
        """The schema of a type. Raises UnknownType."""
        try:
            return sdk.resource(self.name, token)
        except (KeyError, ImportError, AttributeError) as error:
            raise UnknownType(f"the SDK knows no {token}") from error

    def function(self, token: str) -> sdk.Schema:
        """The schema of a function. Raises UnknownType."""
        try:
            return sdk.function(self.name, token)
        except (KeyError, ImportError, AttributeError) as error:
            raise UnknownType(f"the SDK knows no {token}") from error

    def named_by(self, token: str) -> str:
        """The property that names a resource of this type and may be left out; empty where there is none."""
        return naming.property_of(token, self.resource(token)["inputs"])

    def named(self, token: str, inputs: Values, logical: str, seed: str) -> Values:
        """The inputs with a name, where none was given and one is needed."""
        name = self.named_by(token)
        return inputs if not name or name in inputs else {**inputs, name: naming.given(token, logical, seed)}

    def physical(self, token: str, inputs: Values, logical: str) -> str:
        """How the cloud calls a resource."""
        return str(inputs.get(self.named_by(token)) or inputs.get("name") or logical)

    def wrong(self, token: str, inputs: Values) -> list[shapes.Failure]:
        """What the cloud refuses in these inputs."""
        schema = self.resource(token)
        return list(shapes.failures(schema["inputs"], schema["objects"], inputs))

    def outputs(self, token: str, inputs: Values, name: str, seed: str) -> Values:
        """Inputs as they are, and what the cloud adds; without a seed what it adds is not known yet."""
        schema = self.resource(token)
        added = {
            output: _made(one["shape"], schema, output, seed)
            for output, one in schema["outputs"].items()
            if output not in schema["inputs"]
        }
        added.update(peculiar.of(self.name).outputs(peculiar.New(token, name, seed, inputs)))
        echoed = {input_: _told(value) for input_, value in inputs.items() if input_ not in added}
        made = {**echoed, **(added if seed else dict.fromkeys(added, shapes.UNKNOWN))}
        return {output: value for output, value in made.items() if output in schema["outputs"]}

    def identity(self, token: str, inputs: Values, name: str, seed: str) -> str:
        """The id of a new resource."""
        return peculiar.of(self.name).identity(peculiar.New(token, name, seed, inputs))

    def refused(self, token: str, arguments: Values) -> list[shapes.Failure]:
        """What a function refuses in these arguments."""
        schema = self.function(token)
        return list(shapes.failures(schema["inputs"], schema["objects"], arguments))

    def answer(self, token: str, arguments: Values) -> Mapping[str, Any]:
        """What a function gives. Raises peculiar.NotFound."""
        schema = self.function(token)
        made = {
            name: arguments[name] if name in arguments else _made(one["shape"], schema, name, token)
            for name, one in schema["outputs"].items()
        }
        return {**made, **peculiar.of(self.name).answer(token, arguments)}


def _made(shape: shapes.Shape, schema: sdk.Schema, name: str, seed: str) -> Any:
    return plausible.by_shape(shape, schema["objects"], name, f"{seed}/{name}")


def _told(value: Any) -> Any:
    """An input as it is given back: Azure is asked for a list of identities and tells a map of them."""
    if isinstance(value, dict) and isinstance(value.get("userAssignedIdentities"), list):
        return {**value, "userAssignedIdentities": {one: {} for one in value["userAssignedIdentities"]}}
    return value
