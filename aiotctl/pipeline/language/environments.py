"""Reads environments: what they select, remove and simulate, and their overlays merged and validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from aiotctl.catalog.cloud import LAB, ROLE
from aiotctl.findings import Path, listed, nearest
from aiotctl.model.blueprint import Choice, DeviceType, Environment, Overlay, Pipeline, Simulation, Site
from aiotctl.pipeline.document import Document
from aiotctl.pipeline.language.broken import Ledger
from aiotctl.pipeline.language.clouds import CloudCheck
from aiotctl.pipeline.language.data import mapping_of
from aiotctl.pipeline.language.fleet import site_as_written
from aiotctl.pipeline.language.hosts import (
    NO_FLEET,
    NO_FLEET_WORDS,
    SIMULATED,
    SIMULATED_WORDS,
    PlacesCheck,
    PlatformCheck,
    read_hosts,
    read_rollout,
)
from aiotctl.pipeline.language.pipelines import PipelineReader
from aiotctl.pipeline.language.platform import read_platform
from aiotctl.pipeline.language.reference import REMOVED, UNKNOWN_REFERENCE
from aiotctl.pipeline.language.shape import misfits
from aiotctl.pipeline.language.sites import DeviceReader, read_site


@dataclass(frozen=True, slots=True)
class Base:
    """What the blueprint says without any environment."""

    document: Document
    types: Mapping[str, DeviceType]
    sites: Mapping[str, Site]
    pipelines: Mapping[str, Pipeline]
    platform: Mapping[str, Choice]


def merge(base: Any, over: Any) -> Any:
    """Key by key; lists and single values replace whole."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    merged: dict[str, Any] = {**base}
    for key, value in cast("dict[str, Any]", over).items():
        merged[key] = merge(merged[key], value) if key in merged else value
    return merged


def read_environments(section: Mapping[str, Any], base: Base, ledger: Ledger) -> dict[str, Environment]:
    """All environments without findings."""
    made: dict[str, Environment] = {}
    for name, data in section.items():
        if not ledger.broken(("environments", name)):
            made[name] = _EnvironmentReader(name, data, base, ledger).read()
    return made


class _EnvironmentReader:
    def __init__(self, name: str, data: Mapping[str, Any], base: Base, ledger: Ledger) -> None:
        self.name, self.data, self.base, self.outer = name, data, base, ledger
        self.path: Path = ("environments", name)

    def read(self) -> Environment:
        over = self.data.get("overlay", {})
        hosts = read_hosts(self.data.get("hosts", {}))
        overlay = Overlay(
            self._platform(over.get("platform", {}), not hosts) if "platform" in over or hosts else None,
            {name: self._site(name, site) for name, site in over.get("sites", {}).items()},
            self._pipelines(over.get("pipelines", {})),
        )
        sites = {**self.base.sites, **overlay.sites}
        made = Environment(
            self.name,
            self._selected(sites),
            self._removed(sites, overlay),
            self.data.get("state"),
            self._simulation(sites),
            overlay,
            hosts,
            read_rollout(self.data.get("rollout", {})),
        )
        self._places(made, sites)
        return made

    def _places(self, made: Environment, sites: Mapping[str, Site]) -> None:
        """Whether machines, gateways, roles and engines belong together."""
        chosen = made.overlay.platform if made.overlay.platform is not None else self.base.platform
        platform = {role: one for role, one in chosen.items() if f"platform/{role}" not in made.remove}
        PlatformCheck(self.path, self.data, self.outer).run(platform, made.local)
        if made.local:
            if "rollout" in self.data:
                self.outer.add(NO_FLEET.at((*self.path, "rollout"), *NO_FLEET_WORDS, on_key=True))
            return
        if (made.simulate.all or made.simulate.devices) and not _has_lab(platform):
            self.outer.add(SIMULATED.at((*self.path, "simulate"), *SIMULATED_WORDS, on_key=True))
        names = made.sites if made.sites is not None else tuple(sites)
        here = [sites[name] for name in names if name in sites and f"site/{name}" not in made.remove]
        PlacesCheck(self.path, made, self.outer).run(here, platform, self.outer.whole("sites"))
        base = mapping_of(self.base.document.data.get("platform"))
        written = ROLE in merge(base, self.data.get("overlay", {}).get("platform", {}))
        CloudCheck(self.path, self.data, made, self.outer, written).run(here, platform)

    def _ledger(self) -> Ledger:
        """A ledger for what is found in the overlay; ``_pass_on`` hands it to the blueprint's."""
        return Ledger(self.outer.findings, self.outer.gaps, self.name)

    def _pass_on(self, ledger: Ledger, known: int) -> None:
        for finding in ledger.findings[known:]:
            self.outer.add(finding)

    def _platform(self, over: Mapping[str, Any], local: bool) -> Mapping[str, Choice]:
        merged = merge(mapping_of(self.base.document.data.get("platform")), over)
        found = misfits(merged, "platform", ("platform",), self.name)
        ledger = Ledger(found, self.outer.gaps, self.name)
        made = read_platform(merged, ledger, local)
        self._pass_on(ledger, 0)
        return made

    def _site(self, name: str, over: Any) -> Site:
        document = self.base.document
        written = mapping_of(document.data.get("sites")).get(name, {})
        if document.fleet is not None and name in self.base.sites:
            written = merge(site_as_written(document.fleet, name), written)
        merged = merge(written, over)
        ledger = self._ledger()
        known = len(ledger.findings)
        for finding in misfits({name: merged}, "sites", ("sites",), self.name):
            ledger.add(finding)
        reader = DeviceReader(self.base.types, mapping_of(document.data.get("device_types")), ledger)
        made = read_site(name, mapping_of(merged), reader)
        self._pass_on(ledger, known)
        return made

    def _pipelines(self, over: Mapping[str, Any]) -> dict[str, Pipeline]:
        made = {name: self._pipeline(name, own) for name, own in over.items()}
        return {name: pipeline for name, pipeline in made.items() if pipeline is not None}

    def _pipeline(self, name: str, over: Any) -> Pipeline | None:
        data = self.base.document.data
        merged = merge(mapping_of(data.get("pipelines")).get(name, {}), over)
        ledger = self._ledger()
        known = len(ledger.findings)
        for finding in misfits({name: merged}, "pipelines", ("pipelines",), self.name):
            ledger.add(finding)
        made = None
        if len(ledger.findings) == known:
            made = PipelineReader(
                name, merged, self.base.types, mapping_of(data.get("device_types")), ledger
            ).read()
        self._pass_on(ledger, known)
        return made

    def _selected(self, sites: Mapping[str, Site]) -> tuple[str, ...] | None:
        chosen = self.data.get("select", {}).get("sites", "all")
        if chosen == "all":
            return None
        for number, name in enumerate(chosen):
            if name not in sites and self.outer.whole("sites"):
                detail = f"There is no site `{name}`.{nearest(name, sites)}"
                where = (*self.path, "select", "sites", number)
                self.outer.add(UNKNOWN_REFERENCE.at(where, detail, f"Declared are {listed(sites)}."))
        return tuple(chosen)

    def _simulation(self, sites: Mapping[str, Site]) -> Simulation:
        chosen = self.data.get("simulate")
        if chosen is None:
            return Simulation()
        if isinstance(chosen, str):
            return Simulation(all=True)
        for number, address in enumerate(chosen):
            self._device(address, (*self.path, "simulate", number), sites)
        return Simulation(devices=frozenset(chosen))

    def _device(self, address: str, path: Path, sites: Mapping[str, Site]) -> None:
        words = address.split("/")
        site = (
            sites.get(words[1]) if len(words) == 4 and words[0] == "site" and words[2] == "device" else None
        )
        devices = [device.name for device in site.devices] if site else []
        if (site is None or words[3] not in devices) and self.outer.whole("sites"):
            hint = nearest(words[3], devices) if site else nearest(words[1], sites) if len(words) > 1 else ""
            detail = f"There is no device at `{address}`.{hint}"
            self.outer.add(UNKNOWN_REFERENCE.at(path, detail, "Write `site/SITE/device/DEVICE`."))

    def _removed(self, sites: Mapping[str, Site], overlay: Overlay) -> tuple[str, ...]:
        removed: list[str] = self.data.get("remove", [])
        pipelines = {**self.base.pipelines, **overlay.pipelines}
        platform = overlay.platform if overlay.platform is not None else self.base.platform
        for number, address in enumerate(removed):
            path = (*self.path, "remove", number)
            match address.split("/"):
                case ["site", name]:
                    self._there(name, sites, path, address)
                case ["site", name, "device", device] if name in sites:
                    self._there(device, [d.name for d in sites[name].devices], path, address)
                case ["site", name, "gateway", gateway] if name in sites:
                    self._there(gateway, [g.name for g in sites[name].gateways], path, address)
                case ["site", name, "device" | "gateway", _]:
                    self._there(name, sites, path, address)
                case ["pipeline", name]:
                    self._there(name, pipelines, path, address)
                case ["platform", role]:
                    self._there(role, platform, path, address)
                    self._optional(role, path)
                case _:
                    detail = f"`{address}` is nothing that an environment can do without."
                    remedy = (
                        "Name a site, gateway, device, pipeline or the lake: `site/plant-a/device/vib-1`."
                    )
                    self.outer.add(REMOVED.at(path, detail, remedy))
        return tuple(removed)

    def _there(self, name: str, known: Any, path: Path, address: str) -> None:
        if name not in known and self.outer.whole("sites" if address.startswith("site/") else "pipelines"):
            detail = f"There is nothing at `{address}`.{nearest(name, known)}"
            self.outer.add(UNKNOWN_REFERENCE.at(path, detail, f"There are {listed(known)}."))

    def _optional(self, role: str, path: Path) -> None:
        if role != "lake":
            detail = f"Nothing reaches a database without the role `{role}`."
            self.outer.add(REMOVED.at(path, detail, "Only the lake can be left out."))


def _has_lab(platform: Mapping[str, Choice]) -> bool:
    """Whether gateways are machines of a lab here, which reach what is simulated on this machine."""
    cloud = platform.get(ROLE)
    return cloud is not None and cloud.engine == LAB
