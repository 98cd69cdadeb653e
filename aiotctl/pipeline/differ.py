"""What an environment is, in the blueprint's words: to tell how two of them differ."""

from __future__ import annotations

from collections.abc import Iterator

from aiotctl.catalog.discovery import platform_entries
from aiotctl.model.blueprint import Gateway, HostPlace, Json, Site
from aiotctl.model.deployment import Deployment
from aiotctl.pipeline import facts
from aiotctl.pipeline.emit import devices_of
from aiotctl.pipeline.step_facts import pipeline_facts


def words_of(deployment: Deployment) -> dict[str, Json]:
    """Facts by the address of what they are of (``platform/broker``, ``site/plant-a``)."""
    return dict(_words(deployment))


def _words(deployment: Deployment) -> Iterator[tuple[str, Json]]:
    environment = deployment.environment
    simulated = "all devices" if environment.simulate.all else sorted(environment.simulate.devices)
    about = {
        "state": environment.state or "the project's folder",
        "simulate": simulated or "nothing",
        "rollout": environment.rollout if environment.hosts else None,
    }
    yield "environment", facts.tree({key: value for key, value in about.items() if value is not None})
    for name, place in environment.hosts.items():
        yield f"host/{name}", _host(place)
    for role in sorted({entry.role for entry in platform_entries()}):
        choice = deployment.platform.get(role)
        yield f"platform/{role}", facts.tree({"engine": choice.engine, **choice.options}) if choice else {}
    for name, kind in deployment.device_types.items():
        yield f"device_type/{name}", facts.tree(kind)
    for name, pipeline in deployment.pipelines.items():
        yield f"pipeline/{name}", pipeline_facts(pipeline)
    for name, role in deployment.access.items():
        yield f"access/{name}", facts.tree(role)
    for site in deployment.sites.values():
        yield f"site/{site.name}", _site(site)


def _host(place: HostPlace) -> Json:
    """A machine; of one that the cloud makes the login is nobody's choice."""
    told = facts.tree(place)
    assert isinstance(told, dict)
    ours = ("name", "stack", *(("user", "port") if place.stack else ()))
    rest = {key: value for key, value in told.items() if key not in ours and value not in (0, {})}
    return {"address": "made by the cloud", **rest}


def _site(site: Site) -> Json:
    about = facts.tree(site)
    assert isinstance(about, dict)
    return {
        **about,
        "devices": {},
        "gateways": {gateway.name: _gateway(site, gateway) for gateway in site.gateways},
    }


def _gateway(site: Site, gateway: Gateway) -> Json:
    about = facts.tree(gateway)
    assert isinstance(about, dict)
    return {**about, "devices": {device.name: facts.tree(device) for device in devices_of(site, gateway)}}
