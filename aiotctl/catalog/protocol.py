"""What a protocol of the catalog adds to the language: its keys, and how they become reads and settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, cast

from aiotctl.catalog.discovery import entries
from aiotctl.findings import Finding, Path
from aiotctl.model.blueprint import DeviceSettings, Json, Read, TypeSettings, ValueType

Report = Callable[[Finding], None]
Limits = tuple[Decimal, Decimal]
Data = Mapping[str, Any]
"""A mapping of the blueprint that its JSON Schema has accepted."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """A protocol, or a family of them that share their points.

    ``names`` are what a device type may write as its ``protocol``. ``point``, ``type`` and, for each name,
    ``device`` are JSON Schema properties of the protocol's own keys there, each with a description. The
    functions are called with data that fit those schemas; they report what a schema cannot tell, and give
    None only after having reported why.

    - ``read_point(protocol, data, path, report)``: how the point is read, and the type of its value
    - ``read_type(protocol, data, path, report)``: settings of the device type
    - ``read_device(protocol, data, path, report)``: settings of one device (keys other than type, gateway,
      endpoint)
    - ``read_endpoint(protocol, text)``: the endpoint in its full form, or None where the text is no endpoint
    - ``endpoint_form``: for each name, an example of an endpoint, for messages
    - ``endpoint_needed``: for each name, whether a device must have one
    - ``words(read)``: the read in words, for ``show``
    - ``raw_limits(read)``: the smallest and largest number that can come over the wire; None where anything
      can
    - ``value_limits(read)``: the same after scaling
    """

    names: tuple[str, ...]
    description: str
    point: Mapping[str, Json]
    point_required: tuple[str, ...]
    type: Mapping[str, Json]
    device: Mapping[str, Mapping[str, Json]]
    read_point: Callable[[str, Data, Path, Report], tuple[Read, ValueType] | None]
    read_type: Callable[[str, Data, Path, Report], TypeSettings]
    read_device: Callable[[str, Data, Path, Report], DeviceSettings]
    read_endpoint: Callable[[str, str], str | None]
    endpoint_form: Mapping[str, str]
    endpoint_needed: Mapping[str, bool]
    words: Callable[[Read], Mapping[str, str]]
    raw_limits: Callable[[Read], Limits | None]
    value_limits: Callable[[Read], Limits | None]


@cache
def protocols() -> Mapping[str, Protocol]:
    """Each name of a protocol with its entry of the catalog."""
    found = cast("tuple[Protocol, ...]", entries("protocols"))
    return {name: entry for entry in found for name in entry.names}
