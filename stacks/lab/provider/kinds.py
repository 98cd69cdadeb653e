"""All types of resources that the lab has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stacks.lab.provider.bucket import Bucket
from stacks.lab.provider.database import Database
from stacks.lab.provider.kind import Kind
from stacks.lab.provider.machine import Machine
from stacks.lab.provider.network import Network

KINDS: Mapping[str, Kind[Any]] = {
    "lab:index:Network": Network(),
    "lab:index:Machine": Machine(),
    "lab:index:Database": Database(),
    "lab:index:Bucket": Bucket(),
}
