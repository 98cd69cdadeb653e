"""OPC UA traps: a server with good, bad, uncertain and missing nodes, arrays, and names that need quoting."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from asyncua import Server, ua
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from aiotctl.catalog.protocols.opcua.read import OpcUaDevice, OpcUaRead
from aiotctl.model.blueprint import PointType, ValueType
from aiotctl.model.quality import Quality

URI = 'urn:acme:press [1]/"x" $HOME y\'s'
HOSTILE = "Line 1/[Press].\"Temp\"; \\ $HOME ${PATH} #1 'x' \u00e9"
F, N, T, B = ValueType.FLOAT, ValueType.INTEGER, ValueType.TEXT, ValueType.BOOLEAN
OLD = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def value(
    given: Any, kind: ua.VariantType, status: int = 0, source: dt.datetime | None = None
) -> ua.DataValue:
    return ua.DataValue(
        Value=ua.Variant(given, kind),
        StatusCode=ua.StatusCode(status),
        SourceTimestamp=source or dt.datetime.now(dt.UTC),
    )


class Plant:
    """An asyncua server in a thread of its own."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.nodes: dict[str, Any] = {}
        self.url = ""
        self.call(self._begin())

    def call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    async def _begin(self) -> None:
        self.server = Server()
        await self.server.init()
        self.server.set_endpoint("opc.tcp://127.0.0.1:0/plant")
        if self.folder:
            await self._secure(self.folder)
        self.index = await self.server.register_namespace(URI)
        objects = self.server.nodes.objects
        double = ua.VariantType.Double
        given = {
            "Good": value(21.5, double),
            "Constant": value(7, ua.VariantType.Int32, source=OLD),
            "Sensor": value(1.0, double, ua.StatusCodes.BadSensorFailure),
            "Uncertain": value(2.0, double, ua.StatusCodes.UncertainLastUsableValue),
            "NaN": value(float("nan"), double),
            "High": value(41.0, double),
            "Array": value([1.5, 2.5, 3.5], double),
            "Flag": value(True, ua.VariantType.Boolean),
            "Text": value('say "hi"', ua.VariantType.String),
            "Big": value(2**63 - 1, ua.VariantType.Int64),
            "Told": value(1.0, double),
            "Wrong": value("warm", ua.VariantType.String),
            HOSTILE: value(3.25, double),
        }
        for name, first in given.items():
            node = await objects.add_variable(ua.NodeId(name, self.index), "x", first.Value)
            await node.write_value(first)
            self.nodes[name] = node
        await self.server.start()
        port = self.server.bserver._server.sockets[0].getsockname()[1]
        self.url = f"opc.tcp://127.0.0.1:{port}/plant"

    async def _secure(self, folder: Path) -> None:
        await self.server.load_certificate(str(folder / "server.pem"))
        await self.server.load_private_key(str(folder / "server_key.pem"))
        self.server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
        self.server.set_identity_tokens([ua.AnonymousIdentityToken])

    def write(self, name: str, new: ua.DataValue) -> None:
        self.call(self.nodes[name].write_value(new))

    def stop(self) -> None:
        self.call(self.server.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)


@pytest.fixture
def plant(rig: Any) -> Iterator[Plant]:
    made = Plant()
    yield made
    rig.stop()
    made.stop()


def point(name: str, kind: ValueType = F, node: str | None = None, **more: Any) -> PointType:
    read = {k: more.pop(k) for k in list(more) if k in OpcUaRead.__dataclass_fields__}
    if "namespace_uri" not in read:
        read.setdefault("namespace_index", 2)
    more.setdefault("every_ms", 200)
    return PointType(name, OpcUaRead("s", node or name, **read), kind, **more)


def test_each_node_speaks_for_itself(rig, plant, named, coming):
    """OPC UA 1, 5, 6, 8: bad and missing nodes cost no other value; uncertain ones keep theirs; names are
    quoted.
    """
    rig.add(
        "c",
        [
            point("Good"),
            point("Sensor"),
            point("Uncertain"),
            point("NaN"),
            point("High", range=(Decimal(-10), Decimal(40))),
            point("second", node="Array", index=1),
            point("beyond", node="Array", index=9),
            point("Flag", B),
            point("Text", T),
            point("Big", N),
            point("Wrong"),
            point("missing", node="NotThere"),
            point("hostile", node=HOSTILE),
            point("by_uri", node="Good", namespace_uri=URI),
            point("no_such_uri", node="Good", namespace_uri="urn:elsewhere"),
        ],
        plant.url,
    )
    found = named(rig.run_until(coming("c/Good", "c/by_uri", "c/hostile", count=2)))
    assert {name: (values[0].value, values[0].quality) for name, values in found.items()} == {
        "c/Good": (21.5, Quality.GOOD),
        "c/Sensor": (None, Quality.BAD_STATUS),
        "c/Uncertain": (2.0, Quality.UNCERTAIN),
        "c/NaN": (None, Quality.NOT_A_NUMBER),
        "c/High": (41.0, Quality.OUT_OF_RANGE),
        "c/second": (2.5, Quality.GOOD),
        "c/beyond": (None, Quality.NO_VALUE),
        "c/Flag": (True, Quality.GOOD),
        "c/Text": ('say "hi"', Quality.GOOD),
        "c/Big": (2**63 - 1, Quality.GOOD),
        "c/Wrong": (None, Quality.WRONG_TYPE),
        "c/hostile": (3.25, Quality.GOOD),
        "c/by_uri": (21.5, Quality.GOOD),
    }
    assert "StatusBadNodeIDUnknown" in rig.log()


def test_a_polled_constant_keeps_its_first_time_and_stays_fresh(rig, plant, named, coming):
    """The source's time is a value's identity; read again without a new one, it is a reading of its own."""
    rig.add("c", [point("Constant", N)], plant.url)
    begun = time.time_ns()
    found = named(rig.run_until(coming("c/Constant", count=3)))["c/Constant"]
    assert found[0].time_ns == int(OLD.timestamp()) * 10**9
    assert found[1].time_ns >= begun
    assert found[2].time_ns > found[1].time_ns


def test_a_subscription_tells_changes_and_bad_states(rig, plant, named, coming):
    """OPC UA 7: a constant comes once, each change once; what is bad comes as a quality."""
    rig.add("c", [point("Told", mode="subscribe", every_ms=100), point("Good", mode="subscribe")], plant.url)
    rig.start()
    rig.wait(coming("c/Told"))
    plant.write("Told", value(5.0, ua.VariantType.Double))
    rig.wait(coming("c/Told", count=2))
    plant.write("Told", value(5.0, ua.VariantType.Double, ua.StatusCodes.BadSensorFailure))
    rig.wait(coming("c/Told", count=3))
    plant.write("Told", value(6.0, ua.VariantType.Double))
    rig.wait(coming("c/Told", count=4))
    plant.write("Told", value(6.0, ua.VariantType.Double, ua.StatusCodes.BadUserAccessDenied))
    rig.wait(coming("c/Told", count=5))
    time.sleep(1)
    found = named(rig.values())
    assert [(v.value, v.quality) for v in found["c/Told"]] == [
        (1.0, Quality.GOOD),
        (5.0, Quality.GOOD),
        (None, Quality.BAD_STATUS),
        (6.0, Quality.GOOD),
        (None, Quality.BAD_STATUS),  # a code that Telegraf passes over, keeping value and time of before
    ]
    assert len({v.time_ns for v in found["c/Told"]}) == 5
    assert len(found["c/Good"]) == 1


def test_a_wrong_path_is_told_and_costs_no_other_device(rig, plant, named, coming):
    """OPC UA 3: the endpoint's path counts; an absent or refusing server only logs."""
    rig.add("ok", [point("Good")], plant.url)
    rig.add("gone", [point("Good", mode="subscribe")], "opc.tcp://127.0.0.1:1/plant")
    rig.add("gone_too", [point("Good")], "opc.tcp://127.0.0.1:1/plant")
    rig.run_until(coming("ok/Good", count=3))
    assert '"alias":"plant-a/gone_too/Good"' in rig.log()


def test_a_secured_session_has_an_identity_of_its_own(rig, tmp_path, named, coming):
    """OPC UA 1, 4: policy, mode and authentication are written, the certificate is a file that stays."""
    identity(tmp_path, "server", "urn:freeopcua:python:server")
    identity(tmp_path, "client", "urn:telegraf:gopcua:client")
    made = Plant(tmp_path)
    try:
        settings = OpcUaDevice(policy="Basic256Sha256", mode="SignAndEncrypt")
        rig.add("c", [point("Good")], made.url, settings=settings)
        rig.secrets = {
            "opcua/plant-a.gw-1/certificate": (tmp_path / "client.pem").read_text(),
            "opcua/plant-a.gw-1/key": (tmp_path / "client_key.pem").read_text(),
        }
        assert named(rig.run_until(coming("c/Good")))["c/Good"][0].value == 21.5
        assert (rig.root / "etc/opcua/key.pem").read_text() == rig.secrets["opcua/plant-a.gw-1/key"]
    finally:
        made.stop()


def identity(folder: Path, name: str, uri: str) -> None:
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=10))
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)]), False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}_key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
