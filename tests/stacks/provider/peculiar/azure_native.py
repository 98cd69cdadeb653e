"""Azure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.stacks.provider.peculiar import New
from tests.stacks.provider.plausible import AUTHORITY, address, encoded, mark

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"


def identity(new: New) -> str:
    scope = f"/subscriptions/{SUBSCRIPTION}"
    group = new.inputs.get("resourceGroupName")
    if new.kind == "ResourceGroup":
        return f"{scope}/resourceGroups/{new.name}"
    inside = f"/resourceGroups/{group}" if group else ""
    place = new.token.split(":")[1]
    return f"{scope}{inside}/providers/Microsoft.{place}/{new.kind[0].lower()}{new.kind[1:]}s/{new.name}"


def outputs(new: New) -> Mapping[str, Any]:
    name = {"name": new.name}
    match new.token:
        case "azure-native:network:PublicIPAddress":
            return name | {"ipAddress": address(new.seed)}
        case "azure-native:network:NetworkInterface":
            inside = {"privateIPAddress": address(new.seed, "10.60.0")}
            return name | {"ipConfigurations": [one | inside for one in new.inputs["ipConfigurations"]]}
        case "azure-native:dbforpostgresql:Server":
            return name | {"fullyQualifiedDomainName": f"{new.name}.postgres.database.azure.com"}
        case "azure-native:storage:StorageAccount":
            return name | {"primaryEndpoints": {"blob": f"https://{new.name}.blob.core.windows.net/"}}
        case "azure-native:containerregistry:Registry":
            return name | {"loginServer": f"{new.name}.azurecr.io"}
        case "azure-native:containerservice:ManagedCluster":
            host = f"{new.name}-{mark(new.seed)}"
            return name | {
                "fqdn": f"{host}.hcp.westeurope.azmk8s.io",
                "privateFqdn": f"{host}.privatelink.westeurope.azmk8s.io",
            }
        case _:
            return name


def answer(token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    match token:
        case "azure-native:authorization:getClientConfig":
            return {"subscriptionId": SUBSCRIPTION}
        case "azure-native:containerservice:listManagedClusterUserCredentials":
            text = f"clusters:\n- cluster:\n    certificate-authority-data: {encoded(AUTHORITY)}\n"
            return {"kubeconfigs": [{"name": "clusterUser", "value": encoded(text)}]}
        case _:
            return {}
