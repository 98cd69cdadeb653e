"""One environment of a blueprint, nothing left to look up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiotctl.model.blueprint import Choice, DeviceType, Environment, Pipeline, Site


@dataclass(frozen=True, slots=True)
class Deployment:
    """Selection and overlay applied, fleet expanded.

    ``identities`` maps the address of a moved thing to the address it was first known by: series ids are
    derived from the first address, so history goes along.
    """

    blueprint: str
    owner: str
    environment: Environment
    device_types: Mapping[str, DeviceType]
    sites: Mapping[str, Site]
    pipelines: Mapping[str, Pipeline]
    platform: Mapping[str, Choice]
    identities: Mapping[str, str]
