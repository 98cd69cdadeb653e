"""Names for what was given none, as Pulumi's providers make them: the logical name and some hexadecimal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

NAMED_BY = {
    "aws:s3/bucket:Bucket": "bucket",
    "aws:rds/instance:Instance": "identifier",
    "aws:eks/nodeGroup:NodeGroup": "nodeGroupName",
    "gcp:serviceaccount/account:Account": "",  # its accountId must be given
    "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment": "",  # its name is the policy's
}
"""The property that names a type, where it is not ``name``."""

AZURE = {
    "ManagedCluster": "resourceName",
    "ManagementLockByScope": "lockName",
    "MetricAlert": "ruleName",
    "UserAssignedIdentity": "resourceName",
    "VirtualMachine": "vmName",
}
"""The same in Azure, where it is that of the type's own path (``accountName`` of a StorageAccount)."""


def property_of(token: str, inputs: Mapping[str, Mapping[str, Any]]) -> str:
    """The property that names a resource of this type; empty where none may be left out."""
    cloud, _, kind = token.split(":")
    if cloud == "azure-native":
        return _of_azure(kind, inputs)
    name = NAMED_BY.get(token, "name")
    return name if name in inputs and not inputs[name]["required"] else ""


def _of_azure(kind: str, inputs: Mapping[str, Mapping[str, Any]]) -> str:
    last = kind[0].lower() + kind[1:]
    candidates = [AZURE.get(kind, ""), f"{last}Name", *(name for name in inputs if _ends(last, name))]
    return next((name for name in candidates if name in inputs and not inputs[name]["required"]), "")


def _ends(kind: str, name: str) -> bool:
    stem = name.removesuffix("Name")
    return name.endswith("Name") and stem != "" and kind.lower().endswith(stem.lower())


def given(token: str, logical: str, seed: str) -> str:
    """A physical name. The same seed gives the same."""
    hexadecimal = hashlib.sha256(f"{logical} {seed}".encode()).hexdigest()
    if token.startswith("azure-native:"):
        return f"{logical}{hexadecimal[:8]}"
    return f"{logical}-{hexadecimal[:7]}"
