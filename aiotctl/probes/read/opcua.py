"""Reads OPC UA nodes: value, type, status and both time stamps."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from aiotctl.catalog.protocols.opcua.read import OpcUaDevice, OpcUaRead
from aiotctl.errors import AiotctlError
from aiotctl.model.blueprint import PointType
from aiotctl.model.quality import Quality
from aiotctl.model.reading import Judged, Reading
from aiotctl.probes.read import failures
from aiotctl.probes.read.judge import judge, state_name
from aiotctl.probes.read.reading import Target

CLIENT = "opcua/aiotctl.read"
"""The name under which a certificate is made where none is given."""

SEVERITY_BAD, SEVERITY_UNCERTAIN = 0x8000_0000, 0x4000_0000
"""Severity bits of a status code (OPC 10000-4, 7.39.1)."""

UNTRUSTED = "The server does not trust our certificate: accept it in its list of rejected clients."
REMEDIES = {
    "BadNodeIdUnknown": "The server has no such node: browse it and compare namespace and identifier.",
    "BadUserAccessDenied": "Check user and password, and that the user may read this node.",
    "BadIdentityTokenRejected": "The server does not take this login: give a user, or leave it out.",
    "BadIdentityTokenInvalid": "Check user and password.",
    "BadSecurityPolicyRejected": "Choose a policy that the server offers.",
    "BadSecurityModeRejected": "Choose a mode that the server offers.",
    "BadSecurityChecksFailed": UNTRUSTED,
    "BadCertificateUntrusted": UNTRUSTED,
    "BadTcpEndpointUrlInvalid": "The path of the endpoint counts: write it exactly as the server gives it.",
    "BadNotReadable": "The node has no value that may be read; name the variable, not the object around it.",
}
ELSE = "Look the status up in the server's manual or its log."


def read_points(target: Target, points: Sequence[PointType]) -> Iterator[Reading]:
    """The points as they are now, in one session. Raises `AiotctlError` for what cannot be read."""
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)  # what went wrong is told by us
    yield from asyncio.run(_read(target, points))


async def _read(target: Target, points: Sequence[PointType]) -> list[Reading]:
    from asyncua.client.client import Client
    from asyncua.ua.uaerrors import UaError

    what = f"site/{target.device.site}/device/{target.device.name}"
    client: Any = Client(target.endpoint, timeout=target.timeout_s)
    client.name, client.application_uri = "aiotctl read", f"urn:aiotctl:{CLIENT.replace('/', ':')}"
    try:
        await _secure(client, target)
        async with client:
            return [await _read_point(client, target, point) for point in points]
    except AiotctlError:
        raise
    except TimeoutError as error:
        raise failures.silent(what, target.endpoint, target.timeout_s, "Is it an OPC UA server?") from error
    except OSError as error:
        raise failures.unreachable(what, target.endpoint, error) from error
    except UaError as error:
        raise _refused(what, target.endpoint, error) from error


async def _secure(client: Any, target: Target) -> None:
    settings = target.device.settings
    if target.user:
        client.set_user(target.user)
        client.set_password(target.password)
    if not isinstance(settings, OpcUaDevice) or not settings.needs_identity:
        return
    from asyncua import ua
    from asyncua.crypto import security_policies
    from asyncua.crypto.uacrypto import CertProperties

    certificate, key = _identity(target)
    client.application_uri = _uri(certificate) or client.application_uri
    if settings.login == "certificate":
        await client.load_client_certificate(certificate.encode("ascii"), "pem")
        await client.load_private_key(key.encode("ascii"), extension="pem")
    if not settings.secured:
        return
    await client.set_security(
        getattr(security_policies, f"SecurityPolicy{settings.policy}"),
        CertProperties(certificate.encode("ascii"), "pem"),
        CertProperties(key.encode("ascii"), "pem"),
        mode=getattr(ua.MessageSecurityMode, settings.mode),
    )


def _identity(target: Target) -> tuple[str, str]:
    if target.certificate and target.private_key:
        return target.certificate, target.private_key
    from aiotctl.stores.generators import generate

    made = generate(f"{CLIENT}/certificate")
    return made[f"{CLIENT}/certificate"], made[f"{CLIENT}/key"]


def _uri(certificate: str) -> str:
    """The application's URI in a certificate: servers compare it with the one the session names."""
    from cryptography import x509

    names = x509.load_pem_x509_certificate(certificate.encode("ascii")).extensions
    try:
        alternative = names.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    return next(iter(alternative.get_values_for_type(x509.UniformResourceIdentifier)), "")


async def _read_point(client: Any, target: Target, point: PointType) -> Reading:
    from asyncua.ua.attribute_ids import AttributeIds
    from asyncua.ua.uaerrors import UaError

    read = cast(OpcUaRead, point.read)
    what = target.point_address(point)
    try:
        node = client.get_node(await _node_id(client, read))
        data: Any = await node.read_attribute(AttributeIds.Value, raise_on_bad_status=False)
    except UaError as error:
        raise _refused(what, target.endpoint, error) from error
    status = data.StatusCode.name if data.StatusCode else "Good"
    if status in ("BadNodeIdUnknown", "BadUserAccessDenied", "BadNotReadable"):
        raise failures.refused(what, target.endpoint, f"{_written(read)}: {status}", REMEDIES[status])
    value = data.Value.Value if data.Value is not None else None
    kind = data.Value.VariantType.name if data.Value is not None else ""
    judged = _judged(point, read, value, kind, data.StatusCode.value if data.StatusCode else 0, status)
    return Reading(
        address=what,
        endpoint=target.endpoint,
        source=_written(read),
        raw=repr(value).encode("utf-8"),
        judged=judged,
        unit=point.unit,
        name=state_name(point, judged.value) if isinstance(judged.value, int | float) else "",
        facts=(
            ("type", f"{kind}{'[]' if isinstance(value, list) else ''}"),
            ("status", status),
            ("source time", _time(data.SourceTimestamp)),
            ("server time", _time(data.ServerTimestamp)),
        ),
    )


def _judged(point: PointType, read: OpcUaRead, value: Any, kind: str, code: int, status: str) -> Judged:
    if code & SEVERITY_BAD or value is None:
        return Judged(None, Quality.BAD_STATUS, f"the server says {status}")
    if read.index is not None:
        if not isinstance(value, list) or read.index >= len(cast("list[Any]", value)):
            return Judged(None, Quality.WRONG_TYPE, f"the value has no element {read.index}")
        value = cast("list[Any]", value)[read.index]
    if kind.lower() != read.data_type:
        return Judged(None, Quality.WRONG_TYPE, f"the node is {kind}, declared is {read.data_type}")
    raw = _time(value) if isinstance(value, datetime) else value
    judged = judge(point, raw, single=read.data_type == "float")
    if judged.quality is Quality.GOOD and code & SEVERITY_UNCERTAIN:
        return Judged(judged.value, Quality.UNCERTAIN, f"the server says {status}")
    return judged


async def _node_id(client: Any, read: OpcUaRead) -> Any:
    from asyncua.ua import NodeId

    space = read.namespace_index or 0
    if read.namespace_uri:
        known = await client.get_namespace_array()
        if read.namespace_uri not in known:
            raise failures.refused(
                _written(read),
                client.server_url.geturl(),
                f"no namespace {read.namespace_uri}",
                f"It has {', '.join(known)}.",
            )
        space = known.index(read.namespace_uri)
    if read.identifier_type == "s":
        make = cast(Any, NodeId)  # the library types its parameters more narrowly than it takes them
        return make(read.identifier, space)
    return NodeId.from_string(f"ns={space};{read.identifier_type}={read.identifier}")


def _written(read: OpcUaRead) -> str:
    space = f"nsu={read.namespace_uri}" if read.namespace_uri else f"ns={read.namespace_index or 0}"
    element = "" if read.index is None else f"[{read.index}]"
    return f"{space};{read.identifier_type}={read.identifier}{element}"


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="milliseconds") if moment is not None else ""


def _refused(what: str, endpoint: str, error: Exception) -> AiotctlError:
    name = type(error).__name__
    cause = f"{name}: {error}" if not name.startswith("Bad") else name
    return failures.refused(what, endpoint, cause, REMEDIES.get(name, ELSE))
