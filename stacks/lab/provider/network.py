"""lab:index:Network: a private network, shared by all stacks that want it; the last one takes it away."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from stacks.lab.machines import container, network
from stacks.lab.machines.container import Container
from stacks.lab.machines.failure import LabError
from stacks.lab.machines.space import KEPT, lock
from stacks.lab.provider import labels
from stacks.lab.provider.boxed import owner_of
from stacks.lab.provider.inputs import NetworkInputs
from stacks.lab.provider.kind import Live, Owner

OWNERS = KEPT / "owners"
"""A folder a network, in it a file a stack: what that stack wants of it."""


class Network:
    """The hub's stack and the one of the field's machines want the same network, and may come and go in any
    order.
    """

    inputs = NetworkInputs
    outputs: tuple[str, ...] = ()

    def id(self, inputs: NetworkInputs) -> str:
        """The network's name among podman's."""
        return labels.PREFIX + inputs.name

    def create(self, inputs: NetworkInputs, owner: Owner) -> Live[NetworkInputs]:
        """Makes it where it is not there; notes that this stack wants it."""
        name = self.id(inputs)
        with lock("networks"):
            there = network.subnet(name)
            if there and there != inputs.cidr:
                _refuse_other(name, there, inputs, owner)
                network.remove(name)
            if there != inputs.cidr:
                network.make(name, inputs.cidr, {labels.NETWORK: inputs.name})
            _note(name, owner, inputs)
        return Live(inputs, {})

    def read(self, id: str) -> Live[NetworkInputs] | None:
        """The network as it is."""
        cidr = network.subnet(id)
        if not cidr:
            return None
        noted = [json.loads(file.read_text()) for file in _owners(id)]
        tags: dict[str, str] = noted[0]["tags"] if noted else {}
        return Live(NetworkInputs(id.removeprefix(labels.PREFIX), cidr, tags), {})

    def take(self, id: str, owner: Owner) -> None:
        """Notes that this stack wants it, too."""
        if live := self.read(id):
            _note(id, owner, live.inputs)

    def update(self, id: str, inputs: NetworkInputs, owner: Owner) -> Live[NetworkInputs]:
        """Nothing but its tags changes in place."""
        return self.create(inputs, owner)

    def delete(self, id: str, owner: Owner) -> None:
        """This stack wants it no more. What of the stack still is in it was left by runs that were killed."""
        with lock("networks"):
            _noted(id, owner).unlink(missing_ok=True)
            for left in container.found(f"{labels.NETWORK}={id.removeprefix(labels.PREFIX)}"):
                if owner_of(left) == owner.name:
                    Container(left.name, "").remove()
            if not _owners(id):
                network.remove(id)
                shutil.rmtree(OWNERS / id, ignore_errors=True)


def _refuse_other(name: str, there: str, inputs: NetworkInputs, owner: Owner) -> None:
    others = [file.stem.replace("+", "/") for file in _owners(name) if file != _noted(name, owner)]
    if others:
        raise LabError(
            f"the network {inputs.name} is {there} and cannot become {inputs.cidr} while others are in it",
            f"Destroy these first: {', '.join(others)}",
        )


def _owners(name: str) -> list[Path]:
    return sorted((OWNERS / name).glob("*.json"))


def _noted(name: str, owner: Owner) -> Path:
    return OWNERS / name / f"{owner.name.replace('/', '+')}.json"


def _note(name: str, owner: Owner, inputs: NetworkInputs) -> None:
    file = _noted(name, owner)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(inputs)))
    draft.replace(file)
