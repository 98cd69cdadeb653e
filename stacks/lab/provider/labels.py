"""The marks by which the lab knows its own among podman's containers and networks."""

from __future__ import annotations

PREFIX = "lab."
"""What names of the lab's things begin with."""

KIND = "aiotctl.lab.kind"
NETWORK = "aiotctl.lab.network"
OWNER = "aiotctl.lab.owner"
ADDRESS = "aiotctl.lab.address"
