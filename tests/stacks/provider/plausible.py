"""Outputs that a cloud might have given: by type where they matter, else by name and shape."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from tests.stacks.provider.shapes import Properties, Shape

ACCOUNT = "123456789012"
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
PROJECT = "test-project"

AUTHORITY = "-----BEGIN CERTIFICATE-----\nMIIBtest\n-----END CERTIFICATE-----\n"

Inputs = Mapping[str, Any]
Maker = Callable[[Inputs, str], Mapping[str, Any]]


def mark(seed: str, length: int = 8) -> str:
    """Some hexadecimal that only this seed gives."""
    return hashlib.sha256(seed.encode()).hexdigest()[:length]


def address(seed: str, network: str = "203.0.113") -> str:
    """An IPv4 address out of a documentation network, or of another whose first three bytes are told."""
    return f"{network}.{int(mark(seed, 4), 16) % 250 + 2}"


def identity(token: str, name: str, seed: str, inputs: Inputs) -> str:
    """The id of a new resource, in the cloud's manner."""
    cloud, place, kind = token.split(":")
    if cloud == "aws":
        prefix = AWS_IDS.get(kind)
        return f"{prefix}-0{mark(seed, 16)}" if prefix else name
    if cloud == "gcp":
        scope = inputs.get("zone") or inputs.get("region") or inputs.get("location") or "global"
        return f"projects/{PROJECT}/{scope}/{place.split('/')[1]}s/{name}"
    scope = f"/subscriptions/{SUBSCRIPTION}"
    group = inputs.get("resourceGroupName")
    if kind == "ResourceGroup":
        return f"{scope}/resourceGroups/{name}"
    inside = f"/resourceGroups/{group}" if group else ""
    return f"{scope}{inside}/providers/Microsoft.{place}/{kind[0].lower()}{kind[1:]}s/{name}"


AWS_IDS = {
    "Vpc": "vpc",
    "Subnet": "subnet",
    "InternetGateway": "igw",
    "NatGateway": "nat",
    "RouteTable": "rtb",
    "Route": "r",
    "RouteTableAssociation": "rtbassoc",
    "SecurityGroup": "sg",
    "DefaultSecurityGroup": "sg",
    "SecurityGroupIngressRule": "sgr",
    "SecurityGroupEgressRule": "sgr",
    "VpcEndpoint": "vpce",
    "Instance": "i",
    "Eip": "eipalloc",
    "EipAssociation": "eipassoc",
    "LaunchTemplate": "lt",
}


def of_type(token: str, inputs: Inputs, name: str, seed: str) -> dict[str, Any]:
    """Outputs that others build upon, by type."""
    maker = BY_TYPE.get(token)
    common = {"name": name} if "name" not in inputs else {}
    return {**common, **(maker(inputs, seed) if maker else {})}


def _aws_instance(inputs: Inputs, seed: str) -> Mapping[str, Any]:
    return {"privateIp": address(seed, "10.60.0"), "arn": _arn("ec2", f"instance/i-0{mark(seed, 16)}")}


def _aws_address(inputs: Inputs, seed: str) -> Mapping[str, Any]:
    return {"publicIp": address(seed), "allocationId": f"eipalloc-0{mark(seed, 16)}"}


def _aws_database(inputs: Inputs, seed: str) -> Mapping[str, Any]:
    host = f"{inputs.get('identifier')}.{mark(seed, 12)}.eu-central-1.rds.amazonaws.com"
    return {
        "address": host,
        "endpoint": f"{host}:{inputs.get('port', 5432)}",
        "port": inputs.get("port", 5432),
    }


def _aws_bucket(inputs: Inputs, seed: str) -> Mapping[str, Any]:
    return {"arn": f"arn:aws:s3:::{inputs.get('bucket')}"}


def _aws_repository(inputs: Inputs, seed: str) -> Mapping[str, Any]:
    name = inputs.get("name")
    return {
        "repositoryUrl": f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/{name}",
        "arn": _arn("ecr", f"repository/{name}"),
    }


def _aws_cluster(inputs: Inputs, seed: str) -> Mapping[str, Any]:
    return {
        "endpoint": f"https://{mark(seed, 32).upper()}.gr7.eu-central-1.eks.amazonaws.com",
        "certificateAuthority": {"data": base64.b64encode(AUTHORITY.encode()).decode()},
    }


def _aws_record(inputs: Inputs, seed: str) -> Mapping[str, Any]:
    return {"fqdn": inputs["name"]}


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:eu-central-1:{ACCOUNT}:{rest}"


BY_TYPE: Mapping[str, Maker] = {
    "aws:ec2/instance:Instance": _aws_instance,
    "aws:ec2/eip:Eip": _aws_address,
    "aws:ec2/launchTemplate:LaunchTemplate": lambda inputs, seed: {"latestVersion": 1},
    "aws:rds/instance:Instance": _aws_database,
    "aws:s3/bucket:Bucket": _aws_bucket,
    "aws:ecr/repository:Repository": _aws_repository,
    "aws:eks/cluster:Cluster": _aws_cluster,
    "aws:route53/record:Record": _aws_record,
}


def by_shape(shape: Shape, objects: Mapping[str, Properties], name: str, seed: str, depth: int = 3) -> Any:
    """A value of this shape. Objects that hold objects end after some steps."""
    match shape["is"]:
        case "boolean":
            return False
        case "integer" | "number":
            return 1
        case "list":
            return [by_shape(shape["of"], objects, name, seed, depth)] if depth else []
        case "map" | "any":
            return {}
        case "enum":
            return shape["values"][0]
        case "union":
            return by_shape(shape["of"][0], objects, name, seed, depth)
        case "object":
            return {
                inner: by_shape(one["shape"], objects, inner, f"{seed}/{inner}", depth - 1)
                for inner, one in (objects[shape["name"]].items() if depth else ())
            }
        case _:
            return _text(name, seed)


def _text(name: str, seed: str) -> str:
    lowered = name.lower()
    if lowered.endswith("arn"):
        return _arn("test", f"{name}/{mark(seed)}")
    if "ip" in lowered and "address" in lowered:
        return address(seed)
    if lowered.endswith("cert") or "certificate" in lowered:
        return AUTHORITY
    return f"{name}-{mark(seed)}"
