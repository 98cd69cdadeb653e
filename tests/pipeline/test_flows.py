"""The connections of an environment, and the firewalls that follow from them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from aiotctl.model.primitives import Flow
from aiotctl.pipeline.compile import compile_environment
from aiotctl.pipeline.lower.firewall import firewall
from aiotctl.pipeline.lower.flows import flows, flows_to

BLUEPRINT = """\
blueprint: v1
name: flows
owner: ops
device_types:
  press:
    protocol: modbus-tcp
    points: {pressure: {register: input/0, type: uint16, every: 1s}}
  line:
    protocol: modbus-rtu
    points: {pressure: {register: input/0, type: uint16, every: 1s}}
  oven:
    protocol: opcua
    points: {heat: {node: "ns=2;s=Heat", every: 1s}}
  sensor:
    protocol: mqtt
    points: {rms: {topic: "sensors/{device}/rms", every: 1s}}
sites:
  plant-a:
    timezone: Europe/Berlin
    gateways: {gw-1: {}, gw-2: {}}
    devices:
      press-1: {type: press, gateway: gw-1, endpoint: "10.1.0.1:1502", unit_id: 1}
      line-1: {type: line, gateway: gw-1, endpoint: "serial:///dev/ttyUSB0", unit_id: 1}
      oven-1:
        type: oven
        gateway: gw-1
        endpoint: "opc.tcp://10.1.0.2:4841/oven"
        security: {policy: Basic256Sha256, mode: SignAndEncrypt}
      own-1: {type: sensor, gateway: gw-2, endpoint: "tcp://10.1.0.3"}
      sensor-1: {type: sensor, gateway: gw-2}
environments:
  laptop: {simulate: devices}
  pilot:
    overlay:
      platform:
        broker: {engine: mosquitto%(broker)s}
        timeseries: {engine: postgres%(database)s}
        lake: {engine: seaweedfs}
        runtime: {engine: systemd%(runtime)s}
    hosts:
      hub-1: {address: 10.20.0.2, serves: [broker]}
      hub-2: {address: hub-2.acme.example, serves: [timeseries], port: 2222}
      hub-3: {address: "2001:db8::3", serves: [lake]}
      plant-a/gw-1: {address: 10.20.0.5}
      plant-a/gw-2: {address: gw-2.acme.example}
"""
PLAIN = {"broker": "", "database": "", "runtime": ""}


def of(tmp_path: Path, environment: str = "pilot", **options: str) -> tuple[Flow, ...]:
    return flows(deployment(tmp_path, environment, **options))


def deployment(tmp_path: Path, environment: str = "pilot", **options: str):
    file = tmp_path / "blueprint.yaml"
    file.write_text(BLUEPRINT % (PLAIN | options))
    return compile_environment(file, environment).deployment


def ends(found: tuple[Flow, ...]) -> set[tuple[str, str, int]]:
    return {(flow.source, flow.target, flow.port) for flow in found}


def test_all_that_is_needed_is_listed_and_nothing_else(tmp_path: Path) -> None:
    hosts = ("host/hub-1", "host/hub-3", "host/plant-a/gw-1", "host/plant-a/gw-2")
    assert ends(of(tmp_path)) == {
        *(("operator", host, 22) for host in hosts),
        ("operator", "host/hub-2", 2222),
        ("host/plant-a/gw-1", "host/hub-1", 8883),
        ("host/plant-a/gw-2", "host/hub-1", 8883),
        ("host/hub-2", "host/hub-1", 8883),
        ("host/hub-3", "host/hub-2", 5432),
        ("host/plant-a/gw-1", "device/plant-a/press-1", 1502),
        ("host/plant-a/gw-1", "device/plant-a/oven-1", 4841),
        ("host/plant-a/gw-2", "device/plant-a/own-1", 1883),
        ("device/plant-a/sensor-1", "host/plant-a/gw-2", 1883),
    }


def test_what_is_not_protected_says_so(tmp_path: Path) -> None:
    protection = {(f.source, f.target): (f.encrypted, f.authenticated) for f in of(tmp_path)}
    assert protection["device/plant-a/sensor-1", "host/plant-a/gw-2"] == ("none", "password")
    assert protection["host/plant-a/gw-1", "device/plant-a/press-1"] == ("none", "none")
    assert protection["host/plant-a/gw-1", "device/plant-a/oven-1"] == (
        "OPC UA Basic256Sha256",
        "certificates",
    )
    assert protection["host/plant-a/gw-1", "host/hub-1"] == ("TLS", "mutual TLS")


def test_a_laptop_needs_none(tmp_path: Path) -> None:
    assert of(tmp_path, "laptop") == ()


def test_a_name_is_no_network_and_networks_can_be_told(tmp_path: Path) -> None:
    by_source = {flow.source: flow.networks for flow in of(tmp_path) if flow.port == 8883}
    assert by_source["host/plant-a/gw-1"] == ("10.20.0.5",)
    assert by_source["host/plant-a/gw-2"] == ()
    told = of(tmp_path, broker=', gateways: ["203.0.113.9/28"]', database=', networks: ["10.9.0.0/16"]')
    assert {
        flow.networks for flow in told if flow.source.startswith("host/plant-a") and flow.port == 8883
    } == {("203.0.113.0/28",)}
    assert [flow.networks for flow in told if flow.source == "person"] == [("10.9.0.0/16",)]


def test_a_gateways_flows_are_those_of_all_that_arrive_there(tmp_path: Path) -> None:
    compiled = deployment(tmp_path)
    everything = flows(compiled)
    for host in ("host/hub-1", "host/hub-2", "host/plant-a/gw-1", "host/plant-a/gw-2"):
        assert flows_to(compiled, host) == tuple(flow for flow in everything if flow.target == host)


def flow(port: int, *networks: str) -> Flow:
    return Flow("a", "z", "b", "z", port, "", "", "", networks)


@pytest.mark.parametrize(
    ("given", "rules"),
    [
        ((), ()),
        ((flow(22),), ("tcp dport 22 accept",)),
        (
            (flow(22), flow(8883, "10.0.0.1"), flow(8883, "10.0.0.2")),
            ("tcp dport 22 accept", "tcp dport 8883 ip saddr { 10.0.0.1, 10.0.0.2 } accept"),
        ),
        ((flow(8883, "10.0.0.1"), flow(8883)), ("tcp dport 8883 accept",)),
        (
            (flow(5432, "10.0.0.0/8", "10.1.0.0/16", "2001:db8::1"),),
            (
                "tcp dport 5432 ip saddr { 10.0.0.0/8 } accept",
                "tcp dport 5432 ip6 saddr { 2001:db8::1 } accept",
            ),
        ),
    ],
)
def test_a_rule_a_port(given: tuple[Flow, ...], rules: tuple[str, ...]) -> None:
    (text,) = firewall(given)
    assert isinstance(text, str)
    assert tuple(re.findall(r"tcp dport .*", text)) == rules
    assert "policy drop" in text


def test_nft_takes_the_tables(tmp_path: Path) -> None:
    if not shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin"):
        pytest.skip("nft is not there: `apt-get install nftables` gets it")
    compiled = deployment(
        tmp_path, runtime=', operators: ["10.0.0.0/8", "2001:db8::/32", "10.1.0.0/16"], open: [9100]'
    )
    for host in ("host/hub-1", "host/hub-2", "host/plant-a/gw-2"):
        (text,) = firewall(flows_to(compiled, host))
        done = subprocess.run(
            ["unshare", "--net", "nft", "--check", "--file", "-"],
            input=text,
            text=True,
            capture_output=True,
            check=False,
            env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"},
        )
        if "Operation not permitted" in done.stderr:
            pytest.skip("only root can ask the kernel about a table")
        assert done.stderr == ""
