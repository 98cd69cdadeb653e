"""Google Cloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.stacks.provider.peculiar import New
from tests.stacks.provider.plausible import AUTHORITY, address, encoded, mark

PROJECT = "test-project"


def identity(new: New) -> str:
    scope = new.inputs.get("zone") or new.inputs.get("region") or new.inputs.get("location") or "global"
    return f"projects/{PROJECT}/{scope}/{new.kind[0].lower()}{new.kind[1:]}s/{new.name}"


def outputs(new: New) -> Mapping[str, Any]:
    base = {"selfLink": f"https://www.googleapis.com/{identity(new)}", "project": PROJECT}
    match new.token:
        case "gcp:compute/address:Address":
            return base | {"address": address(new.seed)}
        case "gcp:compute/instance:Instance":
            inside = {"networkIp": address(new.seed, "10.60.0"), "name": "nic0"}
            interfaces = [{**one, **inside} for one in new.inputs["networkInterfaces"]]
            return base | {"networkInterfaces": interfaces, "instanceId": str(int(mark(new.seed, 12), 16))}
        case "gcp:sql/databaseInstance:DatabaseInstance":
            return base | {
                "privateIpAddress": address(new.seed, "10.61.0"),
                "dnsName": f"{mark(new.seed, 12)}.0a1b2c3d4e5f.europe-west3.sql-psa.goog.",
            }
        case "gcp:container/cluster:Cluster":
            issued = {"clusterCaCertificate": encoded(AUTHORITY)}
            return base | {"endpoint": address(new.seed), "masterAuth": issued}
        case "gcp:serviceaccount/account:Account":
            mail = f"{new.inputs['accountId']}@{PROJECT}.iam.gserviceaccount.com"
            return base | {"email": mail, "member": f"serviceAccount:{mail}"}
        case "gcp:artifactregistry/repository:Repository":
            return base | {"name": new.inputs["repositoryId"]}
        case "gcp:monitoring/notificationChannel:NotificationChannel":
            return base | {"name": f"projects/{PROJECT}/notificationChannels/{mark(new.seed)}"}
        case _:
            return base


def answer(token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    match token:
        case "gcp:compute/getZones:getZones":
            return {"names": [f"{arguments.get('region')}-{letter}" for letter in "abc"]}
        case "gcp:organizations/getClientConfig:getClientConfig":
            return {"project": PROJECT}
        case "gcp:sql/getCaCerts:getCaCerts":
            return {"certs": [{"cert": AUTHORITY, "commonName": "Google Cloud SQL Regional CA"}]}
        case "gcp:dns/getManagedZones:getManagedZones":
            zone = {"name": "plant-example", "dnsName": "plant.example.", "visibility": "public"}
            return {"managedZones": [zone]}
        case _:
            return {}
