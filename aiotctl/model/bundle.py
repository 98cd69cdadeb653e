"""The compiled output: an index of units with digests, and a renderer.

A unit's digest is (its shared parts' digests, its own variables), computed without rendering any text, so
that a
fleet of ten thousand hosts is compared in milliseconds and only what changed is ever written out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiotctl.model.blueprint import Json, Rollout
from aiotctl.model.primitives import Flow, Rendered, Route, Series

KEPT = 512
"""Rendered units that a bundle keeps: plan, preflight, apply and health ask for the same ones. Those of a
fleet are too many to keep all."""


@dataclass(frozen=True, slots=True)
class Part:
    """What siblings have in common (a device type, a pipeline, a platform choice), or one unit's own
    variables.

    ``facts`` is the whole input as a JSON tree in the blueprint's words; ``digest`` is taken over it.
    """

    address: str
    facts: Json
    digest: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One host, schema or stack. ``shared`` are addresses of parts, ``own`` the digest of its own variables.

    ``needs``: units that must be running before this one; ``labels`` (name, value) by which waves choose
    gateways.
    """

    address: str
    kind: str
    digest: str
    shared: tuple[str, ...]
    own: str
    needs: tuple[str, ...]
    site: str = ""
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """All units of one environment. The callables work on one unit at a time, on demand, and are pure:
    ``own_facts`` its own variables, ``render`` its primitives, ``collected`` the series it collects and
    their routes.

    ``local``: all of it runs on this machine. ``rollout`` says how changes reach gateways; ``flows`` are the
    connections between its hosts, devices and people.
    """

    blueprint: str
    environment: str
    version: str
    parts: Mapping[str, Part]
    units: Mapping[str, Unit]
    own_facts: Callable[[str], Json]
    render: Callable[[str], Rendered]
    collected: Callable[[str], tuple[tuple[Series, ...], tuple[Route, ...]]]
    local: bool = True
    rollout: Rollout = field(default_factory=Rollout)
    flows: Callable[[], tuple[Flow, ...]] = tuple
