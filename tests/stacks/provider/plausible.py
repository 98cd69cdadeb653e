"""Values that a cloud might have given, by their shape and name."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from tests.stacks.provider.shapes import Properties, Shape

AUTHORITY = "-----BEGIN CERTIFICATE-----\nMIIBtest\n-----END CERTIFICATE-----\n"


def mark(seed: str, length: int = 8) -> str:
    """Some hexadecimal that only this seed gives."""
    return hashlib.sha256(seed.encode()).hexdigest()[:length]


def address(seed: str, network: str = "203.0.113") -> str:
    """An IPv4 address out of a documentation network, or of another whose first three bytes are told."""
    return f"{network}.{int(mark(seed, 4), 16) % 250 + 2}"


def encoded(text: str) -> str:
    """The text in base64."""
    return base64.b64encode(text.encode()).decode()


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
        return f"arn:aws:test:eu-central-1:123456789012:{name}/{mark(seed)}"
    if "ip" in lowered and "address" in lowered:
        return address(seed)
    if lowered.endswith("cert") or "certificate" in lowered:
        return AUTHORITY
    return f"{name}-{mark(seed)}"
