"""The OPC UA library, whose generated types say less than they take: the one place where that is let pass."""

from __future__ import annotations

from typing import Any, cast

from asyncua import ua as _ua
from asyncua.common.node import Node
from asyncua.server.server import Server

ua = cast(Any, _ua)
NodeId = _ua.NodeId
DataValue = _ua.DataValue
Variant = _ua.Variant
VariantType = _ua.VariantType

__all__ = ["DataValue", "Node", "NodeId", "Server", "Variant", "VariantType", "ua"]
