"""Explain: the resolved value of anything in an environment, and where each part of it came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from aiotctl.catalog.protocol import protocols
from aiotctl.diagnostics import Diagnostic
from aiotctl.findings import Path, listed, nearest
from aiotctl.model import names
from aiotctl.model.blueprint import Blueprint, Choice, PointType
from aiotctl.model.explained import Explained, Fact, Source
from aiotctl.pipeline.document import Document
from aiotctl.pipeline.language import access_schema, schema
from aiotctl.pipeline.language.environments import merge
from aiotctl.pipeline.language.fleet import site_as_written
from aiotctl.pipeline.language.reference import UNKNOWN_REFERENCE

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer, or None with the finding that says why there is none."""

    explained: Explained | None
    findings: tuple[Diagnostic, ...] = ()


def explain(document: Document, blueprint: Blueprint, environment: str, address: str = "") -> Explanation:
    """What stands at an address in one environment; the whole of it for an empty address."""
    return _Explainer(document, blueprint, environment).explain(address.strip("/"))


class _Unknown(Exception):  # noqa: N818 - says that a name is not there, and is never shown
    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(name)
        self.name, self.known = name, known


class _Explainer:
    def __init__(self, document: Document, blueprint: Blueprint, environment: str) -> None:
        self.document, self.blueprint, self.environment = document, blueprint, environment
        overlay = document.data["environments"][environment].get("overlay", {})
        self.overlay: Json = overlay

    def explain(self, address: str) -> Explanation:
        try:
            return Explanation(self.find(address))
        except _Unknown as unknown:
            kind = UNKNOWN_REFERENCE
            hint = nearest(unknown.name, unknown.known)
            detail = f"There is nothing at `{address}` in `{self.environment}`.{hint}"
            remedy = f"There are {listed(unknown.known)}."
            return Explanation(None, (Diagnostic(kind.code, kind.summary, detail, remedy),))

    def find(self, address: str) -> Explained:
        match address.split("/") if address else []:
            case []:
                return self.whole()
            case ["device_type", name]:
                return self.device_type(name)
            case ["device_type", name, "point", point]:
                return self.point_type(name, point)
            case ["site", name]:
                return self.site(name)
            case ["site", name, "gateway", gateway]:
                return self.gateway(name, gateway)
            case ["site", name, "device", device]:
                return self.device(name, device)
            case ["site", name, "device", device, "point", point]:
                return self.point(name, device, point)
            case ["pipeline", name] | ["pipeline", name, "steps", _]:
                return self.pipeline(name)
            case ["platform", role]:
                return self.role(role)
            case ["access", name]:
                return self.access(name)
            case ["environment", name]:
                return self.one_environment(name)
            case [kind, *_]:
                raise _Unknown(kind, ["device_type", "site", "pipeline", "platform", "access", "environment"])
            case _:
                raise _Unknown(address, [])

    def whole(self) -> Explained:
        data = self.document.data
        facts = [self.fact((key,), data[key]) for key in ("name", "owner")]
        below = [
            *(f"device_type/{name}" for name in self.blueprint.device_types),
            *(f"site/{name}" for name in self.sites()),
            *(f"pipeline/{name}" for name in self.merged("pipelines")),
            *(f"platform/{role}" for role in schema.platform_entries() if role in self.chosen()),
            *(f"access/{name}" for name in self.blueprint.access),
            *(f"environment/{name}" for name in self.blueprint.environments),
        ]
        return Explained("", tuple(facts), tuple(below))

    def chosen(self) -> Mapping[str, Choice]:
        """The engines of the environment, by role."""
        over = self.blueprint.environments[self.environment].overlay.platform
        return self.blueprint.platform if over is None else over

    def sites(self) -> list[str]:
        environment = self.blueprint.environments[self.environment]
        known = list({**self.blueprint.sites, **environment.overlay.sites})
        chosen = known if environment.sites is None else [n for n in known if n in environment.sites]
        return [name for name in chosen if f"site/{name}" not in environment.remove]

    def merged(self, section: str) -> Json:
        return merge(self.document.data.get(section, {}), self.overlay.get(section, {}))

    def site_data(self, name: str) -> Json:
        if name not in self.sites():
            raise _Unknown(name, self.sites())
        written = self.document.data.get("sites", {}).get(name, {})
        if self.document.fleet is not None:
            written = merge(site_as_written(self.document.fleet, name), written)
        return merge(written, self.overlay.get("sites", {}).get(name, {}))

    def entry(self, data: Json, name: str) -> Any:
        if name not in data:
            raise _Unknown(name, list(data))
        return data[name]

    def device_type(self, name: str) -> Explained:
        data = self.entry(self.document.data.get("device_types", {}), name)
        protocol = protocols()[data["protocol"]]
        properties = {"protocol": {}, "description": {}, **protocol.type}
        facts = self.facts(("device_types", name), data, properties)
        below = tuple(f"device_type/{name}/point/{point}" for point in data["points"])
        return Explained(f"device_type/{name}", tuple(facts), below)

    def point_type(self, kind: str, name: str) -> Explained:
        data = self.entry(self.document.data.get("device_types", {}), kind)
        point = self.entry(data["points"], name)
        path = ("device_types", kind, "points", name)
        protocol = protocols()[data["protocol"]]
        facts = list(self.facts(path, point, {**protocol.point, **schema.common_point()}))
        found = next(p for p in self.blueprint.device_types[kind].points if p.name == name)
        told = {(fact.key, fact.value) for fact in facts}
        derived = (fact for fact in self.derived(kind, found) if (fact.key, fact.value) not in told)
        return Explained(f"device_type/{kind}/point/{name}", (*facts, *derived), ())

    def derived(self, kind: str, point: PointType) -> Iterator[Fact]:
        """What follows from the words of a point: the register both ways, the type of its value."""
        protocol = protocols()[self.blueprint.device_types[kind].protocol]
        for key, value in protocol.words(point.read).items():
            yield Fact(key, value, Source.DERIVED)
        yield Fact("value_type", str(point.type), Source.DERIVED)

    def site(self, name: str) -> Explained:
        data = self.site_data(name)
        site = cast("dict[str, Any]", schema.site()["properties"])
        kept = {key: about for key, about in site.items() if key not in ("gateways", "devices")}
        here = f"site/{name}"
        removed = self.blueprint.environments[self.environment].remove
        below = [
            *(f"{here}/gateway/{gateway}" for gateway in data.get("gateways", {})),
            *(f"{here}/device/{device}" for device in data.get("devices", {})),
        ]
        facts = self.facts(("sites", name), data, kept)
        return Explained(here, tuple(facts), tuple(one for one in below if one not in removed))

    def gateway(self, site: str, name: str) -> Explained:
        data = self.entry(self.site_data(site).get("gateways", {}), name)
        about = cast("dict[str, Any]", schema.site()["properties"])["gateways"]["additionalProperties"]
        path = ("sites", site, "gateways", name)
        return Explained(
            f"site/{site}/gateway/{name}", tuple(self.facts(path, data, about["properties"])), ()
        )

    def device(self, site: str, name: str) -> Explained:
        whole = self.site_data(site)
        data = self.entry(whole.get("devices", {}), name)
        kind = self.blueprint.device_types[data["type"]]
        properties: dict[str, Any] = {"type": {}, "gateway": {}, "endpoint": {}}
        properties.update(protocols()[kind.protocol].device[kind.protocol])
        facts = list(self.facts(("sites", site, "devices", name), data, properties))
        here = f"site/{site}/device/{name}"
        if "gateway" not in data:
            facts.append(Fact("gateway", next(iter(whole["gateways"])), Source.DERIVED))
        simulated = self.blueprint.environments[self.environment].simulate.covers(here)
        facts.append(Fact("simulated", "true" if simulated else "false", Source.DERIVED))
        return Explained(here, tuple(facts), tuple(f"{here}/point/{point.name}" for point in kind.points))

    def point(self, site: str, device: str, name: str) -> Explained:
        whole = self.site_data(site)
        data = self.entry(whole.get("devices", {}), device)
        of_type = self.point_type(data["type"], name)
        gateway = data.get("gateway") or next(iter(whole["gateways"]))
        facts = [*of_type.facts, *self._topic(of_type, site, gateway, device)]
        facts.append(Fact("device_type", data["type"], Source.DERIVED))
        facts.append(Fact("gateway", gateway, Source.DERIVED))
        facts.append(Fact("collected_on", names.gateway_topic(site, gateway), Source.DERIVED))
        return Explained(f"site/{site}/device/{device}/point/{name}", tuple(facts), ())

    @staticmethod
    def _topic(of_type: Explained, site: str, gateway: str, device: str) -> Iterator[Fact]:
        for fact in of_type.facts:
            if fact.key == "topic" and "{" in fact.value:
                value = fact.value.replace("{device}", device).replace("{site}", site)
                yield Fact("topic_here", value.replace("{gateway}", gateway), Source.DERIVED)

    def pipeline(self, name: str) -> Explained:
        data = self.entry(self.merged("pipelines"), name)
        about = cast("dict[str, Any]", schema.pipeline()["properties"])
        facts = [*self.facts(("pipelines", name), {k: v for k, v in data.items() if k != "steps"}, about)]
        for number, step in enumerate(data.get("steps", ())):
            facts += self.leaves(("pipelines", name, "steps", number), step, f"steps.{number}")
        return Explained(f"pipeline/{name}", tuple(facts), ())

    def role(self, role: str) -> Explained:
        if role in schema.platform_entries() and role not in self.chosen():
            raise _Unknown(role, list(self.chosen()))
        engines = self.entry(schema.platform_entries(), role)
        data = self.merged("platform").get(role, {})
        engine = self.chosen()[role].engine
        options = engines[engine].options.get("properties", {})
        facts = self.facts(("platform", role), data, {"engine": {"default": engine}, **options})
        return Explained(f"platform/{role}", tuple(facts), ())

    def access(self, name: str) -> Explained:
        data = self.entry(self.document.data.get("access", {}), name)
        about = cast("dict[str, Any]", access_schema.access()["additionalProperties"])["properties"]
        return Explained(f"access/{name}", tuple(self.facts(("access", name), data, about)), ())

    def one_environment(self, name: str) -> Explained:
        data = self.entry(self.document.data["environments"], name)
        known = cast("dict[str, Any]", schema.environment()["properties"])
        about: dict[str, Any] = {"select": known["select"], **{key: {} for key in data if key != "select"}}
        facts = self.facts(("environments", name), data, about)
        return Explained(f"environment/{name}", tuple(facts), ())

    def facts(self, path: Path, data: Json, properties: Mapping[str, Any], above: str = "") -> Iterator[Fact]:
        """Facts of a mapping: what is written, and the defaults of what is not."""
        for key, about in properties.items():
            where = (*path, key)
            inner = cast("dict[str, Any]", about).get("properties")
            if key in data and not (isinstance(data[key], dict) and inner):
                yield from self.leaves(where, data[key], above + key)
            elif inner and (key in data or "default" in about):
                yield from self.facts(where, data.get(key, {}), inner, f"{above}{key}.")
            elif "default" in about:
                yield Fact(above + key, shown(about["default"]), Source.DEFAULT)

    def leaves(self, path: Path, value: Any, key: str) -> Iterator[Fact]:
        if isinstance(value, dict) and value:
            for name, below in cast("dict[str, Any]", value).items():
                yield from self.leaves((*path, name), below, f"{key}.{name}")
        else:
            yield self.fact(path, value, key)

    def fact(self, path: Path, value: Any, key: str = "") -> Fact:
        place = self.document.place(path, environment=self.environment)
        source = Source.OVERLAY if self._overlaid(path) else Source.FILE
        return Fact(key or str(path[-1]), shown(value), source, place)

    def _overlaid(self, path: Path) -> bool:
        node: Any = self.overlay
        for step in path:
            if not isinstance(node, dict) or step not in node:
                return isinstance(node, list)
            node = cast("dict[Any, Any]", node)[step]
        return True


def shown(value: Any) -> str:
    """A value as the YAML would have it."""
    if isinstance(value, str):
        return value
    plain: Callable[[Any], Any] = lambda one: float(one) if isinstance(one, Decimal) else str(one)  # noqa: E731
    return str(value) if isinstance(value, Decimal) else json.dumps(value, default=plain, ensure_ascii=False)
