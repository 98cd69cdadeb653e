"""A resource that is one container. Its name follows from what it is, so that it is never made twice; what it
was made from lies in it and is written last, so that one without it is half made.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import ClassVar, Generic

from stacks.lab.machines import container, network
from stacks.lab.machines.archive import File
from stacks.lab.machines.container import RUNNING, Container
from stacks.lab.machines.failure import LabError
from stacks.lab.machines.space import lock
from stacks.lab.provider import labels
from stacks.lab.provider.inputs import AnyInputs, changes, read
from stacks.lab.provider.kind import Live, Owner, Tell
from stacks.lab.provider.values import Properties

RECORD = "var/lib/aiotctl-lab/made.json"
"""In the container, for root alone: its owner and what it was made from, secrets too."""


class Boxed(ABC, Generic[AnyInputs]):
    """What machines, databases and buckets have in common."""

    kind: ClassVar[str]
    port: ClassVar[int] = 22
    """What answers on it once it has started; 0: nothing has to."""
    inputs: type[AnyInputs]
    outputs: tuple[str, ...] = ("address", "state")

    def id(self, inputs: AnyInputs) -> str:
        """The container's name."""
        return f"{labels.PREFIX}{inputs.network}.{self.kind}.{inputs.name.replace('/', '.')}"

    def create(self, inputs: AnyInputs, owner: Owner) -> Live[AnyInputs]:
        """Makes it. One of this stack that is whole is taken as it is; one that is half made is made anew."""
        there = _found(self.id(inputs))
        if there and (record := _record(there)):
            return self._adopt(there, record, inputs, owner)
        if there:
            there.remove()
        box = self._make(inputs, self.image(owner.tell), owner)
        try:
            self.fill(box, inputs)
            self._finish(box, inputs, owner)
        except BaseException:
            box.remove()
            raise
        return self._live(box, inputs, RUNNING)

    def read(self, id: str) -> Live[AnyInputs] | None:
        """What is there, half made ones aside."""
        there = _found(id)
        record = there and _record(there)
        if not there or not record:
            return None
        state = next(one.state for one in container.found(f"{labels.KIND}={self.kind}") if one.name == id)
        return self._live(there, read(self.inputs, record["inputs"]), state)

    def take(self, id: str, owner: Owner) -> None:
        """Writes its new owner down."""
        there = _found(id)
        record = there and _record(there)
        if there and record:
            _write_record(there, record["inputs"], owner)

    def update(self, id: str, inputs: AnyInputs, owner: Owner) -> Live[AnyInputs]:
        """Starts it where it stands still, and changes what can be changed in place."""
        there = _found(id)
        if not there:
            raise LabError(f"{id} is not there any more", "Refresh the stack, and apply it again.")
        self._finish(there, inputs, owner)
        return self._live(there, inputs, RUNNING)

    def delete(self, id: str, owner: Owner) -> None:
        """Takes the container away with its data."""
        Container(id, "").remove()

    @abstractmethod
    def image(self, tell: Tell) -> str:
        """The image it is made from."""

    @abstractmethod
    def fill(self, box: Container, inputs: AnyInputs) -> None:
        """Puts into a new container what must be there before its services start."""

    @abstractmethod
    def settle(self, box: Container, inputs: AnyInputs) -> None:
        """Makes a running container be as asked for; the first time, and whenever something changed."""

    @abstractmethod
    def told(self, box: Container, inputs: AnyInputs) -> Properties:
        """Its outputs beside address and state."""

    def _adopt(
        self, there: Container, record: Properties, inputs: AnyInputs, owner: Owner
    ) -> Live[AnyInputs]:
        if record["owner"] != owner.name:
            raise LabError(
                f"{there.name} is there already and belongs to the stack {record['owner']}",
                "Destroy it by that stack first, or give this environment another name.",
            )
        if differing := changes(self.inputs, record["inputs"], asdict(inputs)).replaces:
            raise LabError(
                f"{there.name} is there already, made for this stack; it differs in: {', '.join(differing)}",
                "Its data would be lost. Import it into the stack by this name, or remove it: "
                f"python3 -m stacks.lab remove {there.name} (as root, in the stack's folder)",
            )
        return self.update(there.name, inputs, owner)

    def _make(self, inputs: AnyInputs, image: str, owner: Owner) -> Container:
        cidr = network.subnet(labels.PREFIX + inputs.network)
        if not cidr:
            raise LabError(
                f"the network {inputs.network} of {inputs.name} is not there any more",
                "Refresh the stack, and apply it again.",
            )
        place = f"{labels.NETWORK}={inputs.network}"
        with lock("addresses"):
            taken = {one.labels.get(labels.ADDRESS, "") for one in container.found(place)}
            name = self.id(inputs)
            box = Container(name, network.address_for(name, cidr, taken))
            marks = {labels.KIND: self.kind, labels.NETWORK: inputs.network, labels.OWNER: owner.name}
            marks[labels.ADDRESS] = box.address
            hostname = inputs.name.replace("/", "-").replace(".", "-")
            box.create(image, labels.PREFIX + inputs.network, hostname, marks)
        return box

    def _finish(self, box: Container, inputs: AnyInputs, owner: Owner) -> None:
        network.close(labels.PREFIX + inputs.network)  # a boot of the host has opened it
        box.start(self.port)
        self.settle(box, inputs)
        _write_record(box, asdict(inputs), owner)

    def _live(self, box: Container, inputs: AnyInputs, state: str) -> Live[AnyInputs]:
        common = {"address": box.address, "state": "running" if state == RUNNING else "stopped"}
        return Live(inputs, {**common, **self.told(box, inputs)})


def owner_of(found: container.Found) -> str:
    """The stack that a container belongs to: what is noted in it, or who began to make it."""
    record = _record(Container(found.name, ""))
    return str(record["owner"] if record else found.labels.get(labels.OWNER, ""))


def _found(name: str) -> Container | None:
    for one in container.found(labels.KIND):
        if one.name == name:
            return Container(name, one.labels[labels.ADDRESS])
    return None


def _record(box: Container) -> Properties | None:
    content = box.read(RECORD)
    return json.loads(content) if content else None


def _write_record(box: Container, inputs: Properties, owner: Owner) -> None:
    content = json.dumps({"owner": owner.name, "inputs": inputs}, indent=1).encode()
    box.put({RECORD: File(content, 0o600)})
