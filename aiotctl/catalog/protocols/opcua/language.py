"""The OPC UA part of the language."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from aiotctl.catalog.protocol import Data, Limits, Report
from aiotctl.catalog.protocols.opcua.kinds import BAD_NODE, CREDENTIALS, SECURITY
from aiotctl.catalog.protocols.opcua.read import OpcUaDevice, OpcUaRead, OpcUaType
from aiotctl.catalog.secrets import SECRET
from aiotctl.findings import Path
from aiotctl.model.blueprint import Json, Read, ValueType

VALUE_TYPES: dict[str, ValueType] = {
    "boolean": ValueType.BOOLEAN,
    "sbyte": ValueType.INTEGER,
    "byte": ValueType.INTEGER,
    "int16": ValueType.INTEGER,
    "uint16": ValueType.INTEGER,
    "int32": ValueType.INTEGER,
    "uint32": ValueType.INTEGER,
    "int64": ValueType.INTEGER,
    "uint64": ValueType.DECIMAL,
    "float": ValueType.FLOAT,
    "double": ValueType.FLOAT,
    "string": ValueType.TEXT,
    "datetime": ValueType.TEXT,
}
"""OPC UA built-in types (Part 6, 5.1.2) and what their values are."""

POINT: dict[str, Json] = {
    "node": {
        "type": "string",
        "minLength": 3,
        "maxLength": 4096,
        "description": 'Node id: `"ns=2;s=Chiller.Supply"`, or with the URI `"nsu=urn:acme;i=42"`.',
    },
    "type": {
        "enum": list(VALUE_TYPES),
        "description": "Built-in type of the node's value.",
        "default": "double",
    },
    "mode": {
        "enum": ["poll", "subscribe"],
        "description": "Read at each interval, or have the server report changes.",
        "default": "poll",
    },
    "index": {
        "type": "integer",
        "minimum": 0,
        "maximum": 65535,
        "description": "The element of an array value.",
    },
}
TYPE: dict[str, Json] = {
    "timestamp": {
        "enum": ["source", "server", "gather"],
        "description": "The time stamp that identifies a value: source's, server's, or time of reading.",
        "default": "source",
    },
    "nodes_per_request": {
        "type": "integer",
        "minimum": 1,
        "maximum": 10000,
        "description": "How many nodes one request may name. A server refuses the whole of a longer one; "
        "each further request needs a session.",
        "default": 100,
    },
}
POLICIES = ("None", "Basic128Rsa15", "Basic256", "Basic256Sha256")
UNNAMED_POLICIES = ("Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss")
"""Policies of the standard that the collector cannot name: it would exit at start, with every other input."""

LOGINS = ("anonymous", "user", "certificate")

_DEVICE: dict[str, Json] = {
    "security": {
        "type": "object",
        "description": "Security of the channel.",
        "default": {},
        "properties": {
            "policy": {
                "type": "string",
                "description": "Security policy: None, Basic128Rsa15, Basic256 or Basic256Sha256.",
                "default": "None",
                "examples": list(POLICIES),
            },
            "mode": {
                "enum": ["None", "Sign", "SignAndEncrypt"],
                "description": "Message security mode. Default: None without a policy, else SignAndEncrypt.",
            },
        },
        "additionalProperties": False,
    },
    "user": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "description": "User name. Default: anonymous.",
    },
    "password": {**SECRET, "description": "The user's password, as a secret of the vault."},
    "login": {
        "enum": list(LOGINS),
        "description": "How the session logs in. `certificate` shows the client certificate as the user's. "
        "Default: `user` with a `user`, else `anonymous`.",
    },
    "certificate": {
        "type": "string",
        "pattern": "^/[^\\x00-\\x1f]+$",
        "description": "Path of the client certificate on the gateway; by default one is made.",
    },
    "private_key": {
        "type": "string",
        "pattern": "^/[^\\x00-\\x1f]+$",
        "description": "Path of the certificate's private key on the gateway.",
    },
}
DEVICE = {"opcua": _DEVICE}

_NODE = re.compile(r"(?:ns=(?P<ns>[0-9]{1,5});|nsu=(?P<nsu>[^;]+);)?(?P<kind>[isgb])=(?P<id>.+)", re.DOTALL)
_IDENTIFIERS = {
    "i": re.compile(r"[0-9]{1,10}"),
    "s": re.compile(r"[^\x00-\x1f\x7f]+"),
    "g": re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    "b": re.compile(r"[A-Za-z0-9+/]+={0,2}"),
}
_ENDPOINT = re.compile(
    r"opc\.tcp://(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)"
    r"(?P<port>:[0-9]{1,5})?(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?"
)


def read_point(protocol: str, data: Data, path: Path, report: Report) -> tuple[Read, ValueType] | None:
    """One point."""
    found = _NODE.fullmatch(data["node"])
    sound = found and _IDENTIFIERS[found["kind"]].fullmatch(found["id"]) and int(found["ns"] or 0) <= 0xFFFF
    if not found or not sound:
        detail = f"{data['node']!r} is no node id."
        remedy = (
            'Write `"ns=2;s=Name"`, `"ns=2;i=1001"`, or with the namespace\'s URI `"nsu=urn:acme;s=Name"`.'
        )
        report(BAD_NODE.at((*path, "node"), detail, remedy))
        return None
    kind = str(data.get("type", "double"))
    read = OpcUaRead(
        identifier_type=found["kind"],
        identifier=found["id"],
        data_type=kind,
        namespace_index=None if found["nsu"] else int(found["ns"] or 0),
        namespace_uri=found["nsu"] or "",
        index=data.get("index"),
        mode=str(data.get("mode", "poll")),
    )
    return read, VALUE_TYPES[kind]


def read_type(protocol: str, data: Data, path: Path, report: Report) -> OpcUaType:
    """Settings of a device type."""
    return OpcUaType(
        timestamp=str(data.get("timestamp", "source")),
        request_nodes=int(data.get("nodes_per_request", 100)),
    )


def read_device(protocol: str, data: Data, path: Path, report: Report) -> OpcUaDevice:
    """Settings of a device."""
    security: dict[str, Any] = data.get("security", {})
    policy = str(security.get("policy", "None"))
    mode = str(security.get("mode", "None" if policy == "None" else "SignAndEncrypt"))
    if policy not in POLICIES:
        known = policy in UNNAMED_POLICIES
        detail = f"The collector cannot name the policy `{policy}`" + (
            ": it would stop at start, with all its other inputs."
            if known
            else "; the standard has none of that name."
        )
        remedy = "Use Basic256Sha256, the strongest that works, and enable it at the server."
        report(SECURITY.at((*path, "security", "policy"), detail, remedy))
    elif (policy == "None") != (mode == "None"):
        detail = f"Policy `{policy}` and mode `{mode}` do not go together: None protects nothing."
        report(SECURITY.at((*path, "security"), detail, "Give both, or neither."))
    if ("user" in data) != ("password" in data):
        given, lacking = ("user", "password") if "user" in data else ("password", "user")
        detail = f"`{given}` is there and `{lacking}` is not."
        report(
            CREDENTIALS.at(
                (*path, given), detail, "Write `user: NAME` and `password: {secret: NAME}` together."
            )
        )
    login = str(data.get("login", "user" if "user" in data else "anonymous"))
    if (login == "user") != ("user" in data):
        there = "there is a `user`" if "user" in data else "there is no `user`"
        remedy = "Keep one: `user` with its password, or another login."
        report(CREDENTIALS.at((*path, "login"), f"The login is `{login}`, and {there}.", remedy))
    if ("certificate" in data) != ("private_key" in data):
        given, lacking = (
            ("certificate", "private_key") if "certificate" in data else ("private_key", "certificate")
        )
        detail = f"`{given}` is there and `{lacking}` is not."
        report(CREDENTIALS.at((*path, given), detail, "Give both paths, or neither."))
    return OpcUaDevice(
        policy=policy,
        mode=mode,
        user=str(data.get("user", "")),
        password_secret=str(data.get("password", {}).get("secret", "")),
        certificate=str(data.get("certificate", "")),
        private_key=str(data.get("private_key", "")),
        login=login,
    )


def read_endpoint(protocol: str, text: str) -> str | None:
    """``opc.tcp://host:port/path`` with the port filled in."""
    found = _ENDPOINT.fullmatch(text)
    if found is None:
        return None
    if found["port"] is None:
        at = found.start("path") if found["path"] else len(text)
        return f"{text[:at]}:4840{text[at:]}"
    return text if 0 < int(found["port"][1:]) <= 0xFFFF else None


_BITS = {
    "sbyte": 8,
    "int16": 16,
    "int32": 32,
    "int64": 64,
    "byte": 8,
    "uint16": 16,
    "uint32": 32,
    "uint64": 64,
}


def raw_limits(read: Read) -> Limits | None:
    """The numbers of an integer type; None for all other types."""
    if not isinstance(read, OpcUaRead) or read.data_type not in _BITS:
        return None
    most = Decimal(2 ** _BITS[read.data_type])
    if read.data_type in ("byte", "uint16", "uint32", "uint64"):
        return Decimal(0), most - 1
    return -most / 2, most / 2 - 1


value_limits = raw_limits


def words(read: Read) -> dict[str, str]:
    """The read in words."""
    if not isinstance(read, OpcUaRead):
        return {}
    shown = {"node": node_id(read), "type": read.data_type, "mode": read.mode}
    if read.index is not None:
        shown["index"] = str(read.index)
    return shown


def node_id(read: OpcUaRead) -> str:
    """The node id as the standard writes it."""
    space = f"nsu={read.namespace_uri}" if read.namespace_uri else f"ns={read.namespace_index or 0}"
    return f"{space};{read.identifier_type}={read.identifier}"
