"""OPC UA devices as ``[[inputs.opcua]]`` where they are polled and ``[[inputs.opcua_listener]]`` where they
tell.

Policy, mode and authentication are always written: Telegraf's own choice does not look at the authentication
method. Node ids with an unknown namespace URI keep an input from connecting at all, so each URI is an input
of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aiotctl.catalog.collectors.telegraf.literal import Literal
from aiotctl.catalog.collectors.telegraf.pair import Inputs, Pair
from aiotctl.catalog.collectors.telegraf.tables import Wanted
from aiotctl.catalog.collectors.telegraf.toml import Bound, Section, Value
from aiotctl.catalog.entry import GatewayContext
from aiotctl.catalog.protocols.opcua.read import OpcUaDevice, OpcUaRead, OpcUaType
from aiotctl.errors import failure
from aiotctl.model import address, names
from aiotctl.model.blueprint import Device, PointType
from aiotctl.model.primitives import ConfigFile, Ref, SecretRef

CERTIFICATE = "etc/opcua/certificate.pem"
PRIVATE_KEY = "etc/opcua/key.pem"
"""One identity for all OPC UA sessions of a gateway, made by the environment."""

POLICIES = ("None", "Basic128Rsa15", "Basic256", "Basic256Sha256")
"""What Telegraf can name. Any other policy ends the whole agent at its start."""

LOGINS = {"anonymous": "Anonymous", "user": "UserName", "certificate": "Certificate"}
"""How a session logs in, as Telegraf names it."""

RETRY_MS = 10_000
"""How often a listener that could not connect tries again."""

STATUS_CODES = (
    "0x40000000",  # Uncertain, and what else is uncertain of a value (OPC 10000-8)
    "0x408f0000",  # UncertainNoCommunicationLastUsableValue
    "0x40900000",  # UncertainLastUsableValue
    "0x40910000",  # UncertainSubstituteValue
    "0x40920000",  # UncertainInitialValue
    "0x40930000",  # UncertainSensorNotAccurate
    "0x40940000",  # UncertainEngineeringUnitsExceeded
    "0x40950000",  # UncertainSubNormal
    "0x40a40000",  # UncertainDataSubNormal
    "0x42080000",  # UncertainTransducerInManual
    "0x42090000",  # UncertainSimulatedValue
    "0x420a0000",  # UncertainSensorCalibration
    "0x420f0000",  # UncertainConfigurationError
    "0x002f0000",  # GoodOverload
    "0x00300000",  # GoodClamped
    "0x00960000",  # GoodLocalOverride
    "0x80000000",  # Bad, and what else a server says of a value that it knows but cannot give
    "0x80050000",  # BadCommunicationError
    "0x800a0000",  # BadTimeout
    "0x80310000",  # BadNoCommunication
    "0x80320000",  # BadWaitingForInitialData
    "0x803c0000",  # BadOutOfRange
    "0x80890000",  # BadConfigurationError
    "0x808a0000",  # BadNotConnected
    "0x808b0000",  # BadDeviceFailure
    "0x808c0000",  # BadSensorFailure
    "0x808d0000",  # BadOutOfService
    "0x809b0000",  # BadNoData
)
"""Codes whose metric must come, so that the script can say why there is no value. What is a fault of the
configuration (an unknown node, no right to read it) is not among them: Telegraf logs it with the node's name
at each cycle.
"""


def inputs(context: GatewayContext, devices: tuple[Device, ...], types: Mapping[str, Wanted]) -> Inputs:
    """The inputs of all OPC UA devices of a gateway.

    A server that answers a subscription with a fault ends the agent at its start; so each device that is
    subscribed to has an agent of its own, for all its points: what a pipeline compares is known there alone.
    """
    sections = {device.name: tuple(_device(context, device, types[device.type])) for device in devices}
    telling = {device.name for device in devices if any(map(_tells, types[device.type].points))}
    own = any(settings(device).needs_identity and not settings(device).certificate for device in devices)
    return Inputs(
        tuple(s for name, found in sections.items() if name not in telling for s in found),
        extras=dict(_keys(types)),
        files=_identity(context) if own else (),
        apart={f"opcua-{name}": found for name, found in sections.items() if name in telling},
    )


def _tells(point: PointType) -> bool:
    return _read(point).mode == "subscribe"


def _keys(types: Mapping[str, Wanted]) -> Iterator[tuple[str, Mapping[str, Literal]]]:
    for name, each in types.items():
        for point in each.points:
            if isinstance(point.read, OpcUaRead) and point.read.index is not None:
                yield f"{name}/{point.name}", {"key": f"v[{point.read.index}]"}


def _identity(context: GatewayContext) -> tuple[ConfigFile, ...]:
    owner = f"opcua/{context.site.name}.{context.gateway.name}"
    return (
        ConfigFile(CERTIFICATE, (SecretRef(f"{owner}/certificate"),)),
        ConfigFile(PRIVATE_KEY, (SecretRef(f"{owner}/key"),)),
    )


def _device(context: GatewayContext, device: Device, each: Wanted) -> Iterator[Section]:
    polled: dict[tuple[int, str], list[PointType]] = {}
    told: dict[str, list[PointType]] = {}
    most = _type_settings(each).request_nodes
    for point in each.points:
        read = _read(point)
        if _tells(point):
            told.setdefault(read.namespace_uri, []).append(point)
        else:
            polled.setdefault((point.every_ms, read.namespace_uri), []).append(point)
    for points in polled.values():
        yield from (_poll(context, device, each, part) for part in _batched(points, most))
    for points in told.values():
        yield from (_listen(context, device, each, part) for part in _batched(points, most))


def _batched(points: Sequence[PointType], most: int) -> Iterator[Sequence[PointType]]:
    return (points[start : start + most] for start in range(0, len(points), most))


def _poll(context: GatewayContext, device: Device, each: Wanted, points: Sequence[PointType]) -> Section:
    values = _session(context, device, each, points) | {
        "interval": f"{points[0].every_ms}ms",
        "name": "opcua",
    }
    unregistered = Section("request_workarounds", {"use_unregistered_reads": True}, many=False)
    nodes = (_node(device, point, {}) for point in points)
    return Section("inputs.opcua", values, sections=(unregistered, _workarounds(), *nodes))


def _listen(context: GatewayContext, device: Device, each: Wanted, points: Sequence[PointType]) -> Section:
    values = _session(context, device, each, points) | {
        "interval": f"{RETRY_MS}ms",
        "name": "opcua_listener",
        "subscription_interval": f"{min(point.every_ms for point in points)}ms",
        "connect_fail_behavior": "retry",
        "request_timeout": "15s",
    }
    nodes = (
        _node(
            device,
            point,
            {"monitoring_params": {"sampling_interval": f"{point.every_ms}ms", "queue_size": 10}},
        )
        for point in points
    )
    return Section("inputs.opcua_listener", values, sections=(_workarounds(), *nodes))


def _session(
    context: GatewayContext, device: Device, each: Wanted, points: Sequence[PointType]
) -> dict[str, Value]:
    wanted = settings(device)
    if wanted.policy not in POLICIES:
        raise failure(
            "security-policy",
            "The collector cannot name this security policy",
            f"device {device.name} asks for {wanted.policy}; telegraf would refuse to start with it",
            f"choose one of {', '.join(POLICIES)}",
        )
    if any(";" in _read(point).namespace_uri for point in points):
        raise failure(
            "namespace-uri",
            "The collector cannot name this namespace URI",
            f"a node of device {device.name} has a URI with a semicolon, where telegraf ends it",
            "give the namespace by its index",
        )
    values: dict[str, Value] = {
        "alias": f"{names.input_alias(device.site, device.name)}/{points[0].name}",
        "endpoint": Bound(context.endpoints[device.name] or ()),
        "connect_timeout": "5s",
        "request_timeout": "5s",
        "security_policy": wanted.policy,
        "security_mode": wanted.mode,
        "auth_method": LOGINS[wanted.login],
        "timestamp": _type_settings(each).timestamp,
        "tagexclude": ["id"],
    }
    values |= {"certificate": "", "private_key": ""}
    if wanted.needs_identity:
        root = Ref(address.host_of_gateway(context.site.name, context.gateway.name), "root")
        values["certificate"] = wanted.certificate or Bound((root, f"/{CERTIFICATE}"))
        values["private_key"] = wanted.private_key or Bound((root, f"/{PRIVATE_KEY}"))
    if wanted.user:
        values["username"] = wanted.user
        values["password"] = Bound((SecretRef(wanted.password_secret),))
    return values


def _workarounds() -> Section:
    return Section("workarounds", {"additional_valid_status_codes": STATUS_CODES}, many=False)


def _node(device: Device, point: PointType, more: Mapping[str, Value]) -> Section:
    read = _read(point)
    values: dict[str, Value] = {
        "name": "v",
        "identifier_type": read.identifier_type,
        "identifier": read.identifier,
        "default_tags": {"d": device.name, "p": point.name},
    }
    if read.namespace_uri:
        values["namespace_uri"] = read.namespace_uri
    else:
        values["namespace"] = str(read.namespace_index or 0)
    return Section("nodes", values | dict(more))


def _read(point: PointType) -> OpcUaRead:
    assert isinstance(point.read, OpcUaRead)
    return point.read


def _type_settings(each: Wanted) -> OpcUaType:
    return each.kind.settings if isinstance(each.kind.settings, OpcUaType) else OpcUaType()


def settings(device: Device) -> OpcUaDevice:
    """The device's settings, or the defaults."""
    return device.settings if isinstance(device.settings, OpcUaDevice) else OpcUaDevice()


PAIR = Pair("opcua", OpcUaRead, inputs)
