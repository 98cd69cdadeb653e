"""A saved plan: the plan and everything that was compiled for it, so that an apply never compiles again.

It holds rendered units unbound, so no secrets. A digest over the whole tells an edited or torn file, and a
seal with a key of the vault tells one that somebody has forged who could make the digest anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any, cast

from aiotctl.engine.applied import KINDS, kind_of
from aiotctl.engine.protocols import Vault
from aiotctl.errors import AiotctlError, Exit, failure
from aiotctl.model import codec
from aiotctl.model.blueprint import Json
from aiotctl.model.bundle import KEPT, Bundle, Part, Unit
from aiotctl.model.plan import Action, Plan
from aiotctl.model.primitives import Rendered, Route, Series

FORMAT = 1
SEAL = "plan/seal"
"""Vault name of the key of seals."""

Collected = tuple[tuple[Series, ...], tuple[Route, ...]]


def key_for_sealing(vault: Vault) -> str:
    """The key of seals; empty before the first apply, which makes the vault."""
    return vault.values([SEAL])[SEAL] if vault.kept("") else ""


def dump(plan: Plan, bundle: Bundle, key: str = "") -> bytes:
    """The file's content, sealed with a key."""
    units = [*(c.address for c in plan.changes if c.action is not Action.DELETE), *plan.settled]
    body = {
        "format": FORMAT,
        "version": bundle.version,
        "plan": codec.encode(plan),
        "parts": [codec.encode(part) for part in bundle.parts.values()],
        "units": [codec.encode(unit) for unit in bundle.units.values()],
        "compiled": {address: _compiled(bundle, address) for address in units},
    }
    digest = codec.digest(_canonical(body).encode())
    return json.dumps(
        {"digest": digest, "seal": _seal(key, digest), "body": body}, ensure_ascii=False
    ).encode()


def parse(content: bytes, name: str) -> tuple[Plan, Bundle]:
    """Reads a plan file back. Raises AiotctlError where it is not one, or was edited."""
    try:
        outer = cast("dict[str, Any]", json.loads(content))
        body = cast("dict[str, Any]", outer["body"])
        if outer["digest"] != codec.digest(_canonical(body).encode()) or body["format"] != FORMAT:
            raise ValueError("digest")
        plan = codec.decode(Plan, body["plan"])
        return plan, _bundle(plan, body)
    except (ValueError, KeyError, TypeError) as error:
        raise _bad(f"{name} is torn, was edited, or was written by another version.") from error


def require_seal(content: bytes, name: str, vault: Vault) -> None:
    """Raises AiotctlError where a plan that `parse` took was not sealed with the vault's key, which there is
    as soon as a plan was sealed.
    """
    outer = cast("dict[str, str]", json.loads(content))
    key = vault.kept(SEAL).get(SEAL, "")
    if not hmac.compare_digest(outer.get("seal", ""), _seal(key, outer["digest"])):
        raise _bad(f"{name} was not sealed with the key of this environment's vault: it may be forged.")


def _seal(key: str, digest: str) -> str:
    return hmac.digest(key.encode(), digest.encode(), hashlib.sha256).hex() if key else ""


def _bad(detail: str) -> AiotctlError:
    return failure(
        "bad-plan-file",
        "This is not a plan that can be applied",
        detail,
        "Make it anew: aiotctl plan --out FILE",
        Exit.STALE,
    )


def _bundle(plan: Plan, body: dict[str, Any]) -> Bundle:
    parts = [codec.decode(Part, part) for part in body["parts"]]
    units = [codec.decode(Unit, unit) for unit in body["units"]]
    compiled = cast("dict[str, Any]", body["compiled"])

    def rendered(unit: str) -> Rendered:
        return _rendered(compiled[unit])

    return Bundle(
        blueprint=plan.blueprint,
        environment=plan.environment,
        version=body["version"],
        parts={part.address: part for part in parts},
        units={unit.address: unit for unit in units},
        own_facts=lambda unit: cast(Json, compiled[unit]["own"]),
        render=lru_cache(KEPT)(rendered),
        collected=lambda unit: _collected(compiled[unit]),
    )


def _compiled(bundle: Bundle, address: str) -> Json:
    rendered = bundle.render(address)
    series, routes = bundle.collected(address)
    return {
        "kind": kind_of(rendered),
        "rendered": codec.encode(rendered),
        "own": bundle.own_facts(address),
        "series": [codec.encode(item) for item in series],
        "routes": [codec.encode(item) for item in routes],
    }


def _rendered(compiled: dict[str, Any]) -> Rendered:
    return codec.decode(KINDS[compiled["kind"]], compiled["rendered"])


def _collected(compiled: dict[str, Any]) -> Collected:
    series = tuple(codec.decode(Series, item) for item in compiled["series"])
    return series, tuple(codec.decode(Route, item) for item in compiled["routes"])


def _canonical(body: Any) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
