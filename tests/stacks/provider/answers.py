"""Answers to functions of the clouds, by name."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from tests.stacks.provider import plausible

Arguments = Mapping[str, Any]
Answer = Callable[[Arguments], Mapping[str, Any]]


class NotFound(Exception):
    """The cloud has no such thing."""


def answer(token: str, arguments: Arguments) -> Mapping[str, Any]:
    """What matters of the answer; the rest is made up by shape. Raises NotFound."""
    known = ANSWERS.get(token)
    return known(arguments) if known else {}


def _image(arguments: Arguments) -> Mapping[str, Any]:
    """Of the one publisher and exact name, no other."""
    wanted = {one["name"]: one["values"] for one in arguments.get("filters", [])}
    [name] = wanted["name"]
    if arguments.get("owners") != ["136693071363"] or "*" in name or not name.startswith("debian-12-"):
        raise NotFound("Your query returned no results. Please change your search criteria and try again.")
    return {"id": f"ami-0{plausible.mark(name, 16)}", "name": name}


def _zone(arguments: Arguments) -> Mapping[str, Any]:
    if not str(arguments.get("name", "")).endswith(".example"):
        raise NotFound("no matching Route 53 Hosted Zone found")
    return {"zoneId": f"Z{plausible.mark(arguments['name'], 12).upper()}", "name": arguments["name"]}


def _managed_zones(arguments: Arguments) -> Mapping[str, Any]:
    return {"managedZones": [{"name": "plant-example", "dnsName": "plant.example.", "visibility": "public"}]}


def _kubeconfig(arguments: Arguments) -> Mapping[str, Any]:
    authority = base64.b64encode(plausible.AUTHORITY.encode()).decode()
    text = f"clusters:\n- cluster:\n    certificate-authority-data: {authority}\n    server: https://x\n"
    return {"kubeconfigs": [{"name": "clusterUser", "value": base64.b64encode(text.encode()).decode()}]}


ANSWERS: Mapping[str, Answer] = {
    "aws:ec2/getAmi:getAmi": _image,
    "aws:index/getAvailabilityZones:getAvailabilityZones": lambda arguments: {
        "names": ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
    },
    "aws:route53/getZone:getZone": _zone,
    "gcp:dns/getManagedZones:getManagedZones": _managed_zones,
    "azure-native:containerservice:listManagedClusterUserCredentials": _kubeconfig,
}
