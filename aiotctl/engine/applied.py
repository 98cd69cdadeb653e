"""What is stored of a unit when it has been applied: its own facts and its rendered form, unbound."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from aiotctl.engine.protocols import Store
from aiotctl.model import codec
from aiotctl.model.blueprint import Json
from aiotctl.model.primitives import Host, Rendered, Route, Schema, Series, Stack
from aiotctl.model.record import UnitRecord


@dataclass(frozen=True, slots=True)
class Applied:
    """A unit as it was last applied."""

    own: Json
    rendered: Rendered


KINDS: Mapping[str, type[Rendered]] = {"host": Host, "schema": Schema, "stack": Stack}
"""Primitives by the kind of their unit."""


def kind_of(rendered: Rendered) -> str:
    """The kind of the unit that a primitive is."""
    return next(kind for kind, primitive in KINDS.items() if isinstance(rendered, primitive))


def store_applied(store: Store, own: Json, rendered: Rendered) -> str:
    """Keeps a unit and returns the object's digest."""
    kind = kind_of(rendered)
    return store.put(_bytes({"kind": kind, "own": own, "rendered": codec.encode(rendered)}))


def load_applied(store: Store, unit: UnitRecord) -> Applied:
    """Reads a unit back."""
    content = cast("dict[str, Any]", json.loads(store.get(unit.applied)))
    return Applied(content["own"], codec.decode(KINDS[content["kind"]], content["rendered"]))


def store_routes(store: Store, series: tuple[Series, ...], routes: tuple[Route, ...]) -> str:
    """Keeps what a unit collects and returns the object's digest; empty where it collects nothing."""
    if not series:
        return ""
    return store.put(
        _bytes({"series": [codec.encode(s) for s in series], "routes": [codec.encode(r) for r in routes]})
    )


def load_routes(store: Store, unit: UnitRecord) -> tuple[tuple[Series, ...], tuple[Route, ...]]:
    """Reads the series and routes of a unit as applied."""
    if not unit.routes:
        return (), ()
    content = cast("dict[str, Any]", json.loads(store.get(unit.routes)))
    series = tuple(codec.decode(Series, item) for item in content["series"])
    return series, tuple(codec.decode(Route, item) for item in content["routes"])


def store_facts(store: Store, facts: Json) -> str:
    """Keeps the facts of a shared part and returns the object's digest."""
    return store.put(_bytes(facts))


def load_facts(store: Store, digest: str) -> Json:
    """Reads facts back."""
    return cast(Json, json.loads(store.get(digest)))


def _bytes(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
