"""AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.stacks.provider.peculiar import New, NotFound
from tests.stacks.provider.plausible import AUTHORITY, address, encoded, mark

REGION = "eu-central-1"
ACCOUNT = "123456789012"
DEBIAN = "136693071363"

PREFIXES = {
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
    "Instance": "i",
    "Eip": "eipalloc",
    "EipAssociation": "eipassoc",
    "LaunchTemplate": "lt",
}


def identity(new: New) -> str:
    prefix = PREFIXES.get(new.kind)
    return f"{prefix}-0{mark(new.seed, 16)}" if prefix and "rds" not in new.token else new.name


def outputs(new: New) -> Mapping[str, Any]:
    match new.token:
        case "aws:ec2/instance:Instance":
            return {"privateIp": address(new.seed, "10.60.0")}
        case "aws:ec2/eip:Eip":
            return {"publicIp": address(new.seed), "allocationId": identity(new)}
        case "aws:ec2/launchTemplate:LaunchTemplate":
            return {"latestVersion": 1}
        case "aws:rds/instance:Instance":
            return {"address": f"{new.name}.{mark(new.seed, 12)}.{REGION}.rds.amazonaws.com"}
        case "aws:s3/bucket:Bucket":
            return {"arn": f"arn:aws:s3:::{new.name}"}
        case "aws:ecr/repository:Repository":
            return {
                "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{new.name}",
                "arn": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{new.name}",
            }
        case "aws:eks/cluster:Cluster":
            return {
                "endpoint": f"https://{mark(new.seed, 32).upper()}.gr7.{REGION}.eks.amazonaws.com",
                "certificateAuthority": {"data": encoded(AUTHORITY)},
            }
        case "aws:route53/record:Record":
            return {"fqdn": new.inputs["name"]}
        case _:
            return {}


def answer(token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    match token:
        case "aws:ec2/getAmi:getAmi":
            return _image(arguments)
        case "aws:index/getAvailabilityZones:getAvailabilityZones":
            return {"names": [f"{REGION}{letter}" for letter in "abc"]}
        case "aws:index/getCallerIdentity:getCallerIdentity":
            return {"accountId": ACCOUNT}
        case "aws:route53/getZone:getZone":
            if not str(arguments.get("name", "")).endswith(".example"):
                raise NotFound("no matching Route 53 Hosted Zone found")
            return {"zoneId": f"Z{mark(arguments['name'], 12).upper()}"}
        case _:
            return {}


def _image(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of the one publisher and one exact name, no other."""
    wanted = {one["name"]: one["values"] for one in arguments.get("filters", [])}
    [name] = wanted["name"]
    if arguments.get("owners") != [DEBIAN] or "*" in name or not name.startswith("debian-12-"):
        raise NotFound("Your query returned no results. Please change your search criteria and try again.")
    return {"id": f"ami-0{mark(name, 16)}", "name": name}
