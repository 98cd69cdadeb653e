"""What an environment asks of its cloud: machines, doors, secrets, and who waits for whom."""

from __future__ import annotations

import shutil
from ipaddress import IPv4Network
from pathlib import Path

import pytest
import yaml

from aiotctl.catalog import programs
from aiotctl.engine import bind
from aiotctl.model.bundle import Bundle
from aiotctl.model.primitives import Host, Schema, Stack
from aiotctl.pipeline.compile import compile_environment
from aiotctl.pipeline.lower import stacks
from aiotctl.session.building_stacks import stack_files
from aiotctl.shipped import shipped

HEAD = """\
blueprint: v1
name: shop
owner: ops
device_types:
  press: {protocol: modbus-tcp, points: {pressure: {register: input/0, type: uint16, every: 1s}}}
  sensor: {protocol: mqtt, points: {rms: {topic: "sensors/{device}/rms", every: 1s}}}
sites:
  plant-a:
    egress: [203.0.113.0/28]
    gateways: {gw-1: {}}
    devices:
      press-1: {type: press, gateway: gw-1, endpoint: "10.1.0.1:502"}
      sensor-1: {type: sensor, gateway: gw-1}
platform:
  broker: {engine: mosquitto}
  lake: {engine: seaweedfs}
  runtime: {engine: systemd, operators: [198.51.100.7/32]}
environments:
  lab:
    simulate: devices
    overlay: {platform: {cloud: {engine: lab}, timeseries: {engine: postgres}}}
    hosts:
      hub-1: {serves: [broker, timeseries, lake]}
      plant-a/gw-1: {}
  production:
    overlay:
      platform:
        cloud: {engine: aws, region: eu-central-1, production: true, zone: aiot.acme.example}
        timeseries: {engine: managed}
        lake: {engine: bucket, retain: 30d}
    hosts:
      hub-1: {serves: [broker]}
      plant-a/gw-1: {address: 10.20.0.5}
"""


def bundle(environment: str) -> Bundle:
    return compile_environment("blueprint.yaml", environment, lambda _: HEAD.encode()).bundle


def stack(environment: str, address: str = "stack/hub") -> Stack:
    made = bundle(environment).render(address)
    assert isinstance(made, Stack)
    return made


def text_of(host: Host, path: str) -> str:
    return "".join(map(str, next(file.content for file in host.files if file.path == path)))


def test_units_wait_for_what_they_refer_to() -> None:
    units = bundle("lab").units
    assert {address: unit.needs for address, unit in units.items()} == {
        "stack/hub": (),
        "stack/field": (),
        "host/hub-1": ("stack/hub",),
        "schema/hub": ("host/hub-1",),
        "host/field": ("stack/hub", "stack/field"),
        "host/plant-a/gw-1": ("host/hub-1", "schema/hub", "host/field", "stack/field"),
    }


def test_a_lab_makes_gateways_in_a_stack_of_their_own() -> None:
    hub, field = stack("lab"), stack("lab", "stack/field")
    assert [machine.name for machine in hub.arguments.machines] == ["hub-1"]
    assert hub.arguments.machines[0].serves == ("broker", "timeseries", "lake", "collector")
    assert [machine.name for machine in field.arguments.machines] == ["plant-a.gw-1"]
    assert dict(field.secrets).keys() == {"host_key/plant-a.gw-1"}
    assert hub.arguments.network.cidr == field.arguments.network.cidr


def test_each_lab_has_a_network_of_its_own_unless_one_is_chosen() -> None:
    def network(text: str) -> str:
        made = compile_environment("blueprint.yaml", "lab", lambda _: text.encode()).bundle.render(
            "stack/hub"
        )
        assert isinstance(made, Stack)
        return made.arguments.network.cidr

    shops = [HEAD, *(HEAD.replace("name: shop", f"name: shop-{number}") for number in range(9))]
    found = [network(text) for text in shops]
    assert found == [network(text) for text in shops]
    assert len(set(found)) == len(found)
    assert all(IPv4Network(one).subnet_of(IPv4Network("10.64.0.0/12")) for one in found)
    assert network(HEAD.replace("engine: lab}", "engine: lab, cidr: 10.92.0.0/24}")) == "10.92.0.0/24"
    assert stack("production").arguments.network.cidr == "10.60.0.0/20"


def test_no_key_is_in_what_is_compiled() -> None:
    for environment in ("lab", "production"):
        machine = stack(environment).arguments.machines[0]
        assert (machine.host_key, machine.login_key) == ("", "")


def test_the_doors_of_a_cloud_are_open_to_sites_and_operators_alone() -> None:
    doors = stack("production").arguments.network.ingress
    assert [(door.target, door.port, door.networks) for door in doors] == [
        ("hub-1", 22, ("198.51.100.7/32",)),
        ("hub-1", 8883, ("203.0.113.0/28",)),
    ]


def test_managed_services_are_the_stacks_and_no_hosts() -> None:
    made = stack("production").arguments
    assert made.production
    assert made.zone == "aiot.acme.example"
    assert made.database
    assert made.bucket
    assert made.database.admin == "aiot_admin"
    assert made.bucket.expire_days == 30
    assert dict(stack("production").secrets).keys() == {"host_key/hub-1", "database/admin"}
    hub = bundle("production").render("host/hub-1")
    assert isinstance(hub, Host)
    assert {service.name for service in hub.services} == {
        *("mosquitto", "telegraf", "maintenance", "lake-export")
    }


def test_programs_know_a_managed_database_by_its_own_authority() -> None:
    hub = bundle("production").render("host/hub-1")
    assert isinstance(hub, Host)
    wanted = {bind.key(ref) for ref in bind.references(hub)}
    assert {f"stack/hub#database/{one}" for one in ("host", "port", "ca")} <= wanted
    for path in ("maintenance.json", "lake-export.json"):
        assert "verify-full" in text_of(hub, path)
    assert "sslmode=verify-full" in text_of(hub, "etc/telegraf.conf")
    assert "secret_access_key" not in text_of(hub, "lake-export.json"), "the machine is known by itself"
    schema = bundle("production").render("schema/hub")
    assert isinstance(schema, Schema)
    assert schema.managed
    assert schema.place
    assert (schema.place.name, schema.user) == ("hub-1", "aiot_admin")


def test_what_does_not_concern_the_cloud_leaves_its_stack_alone() -> None:
    changed = HEAD.replace("every: 1s}}}", "unit: bar, every: 1s}}}")
    after = compile_environment("blueprint.yaml", "production", lambda _: changed.encode()).bundle
    before = bundle("production")
    assert before.units["stack/hub"].digest == after.units["stack/hub"].digest
    assert before.units["host/hub-1"].digest != after.units["host/hub-1"].digest


def test_another_program_of_a_cloud_is_another_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def units() -> dict[str, str]:
        programs.stack_program.cache_clear()
        return {address: unit.digest for address, unit in bundle("production").units.items()}

    copy = tmp_path / "stacks"
    shutil.copytree(shipped("stacks"), copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = units()
    monkeypatch.setattr(programs, "shipped", lambda _: copy)
    assert units() == before, "the same program, wherever it lies"
    (copy / "gcp" / "hub.py").write_text("")
    assert units() == before, "another cloud's"
    (copy / "aws" / "hub.py").write_text("")
    after = units()
    programs.stack_program.cache_clear()
    assert {address for address in after if after[address] != before[address]} == {"stack/hub"}


def test_a_clouds_key_is_for_the_engine_alone() -> None:
    key = "awskms://alias/aiotctl?region=eu-central-1"
    asked = HEAD.replace("production: true,", f'production: true, secrets: "{key}",')
    made = compile_environment("blueprint.yaml", "production", lambda _: asked.encode()).bundle
    before, after = stack("production"), made.render("stack/hub")
    assert isinstance(after, Stack)
    assert (before.secrets_provider, after.secrets_provider) == ("", key)
    assert after.arguments == before.arguments
    settings = {file.path: file.content for file in stack_files(after)}[
        "stack/hub/Pulumi.production-hub.yaml"
    ]
    assert yaml.safe_load(settings) == {"secretsprovider": key, "config": {}}


def test_without_a_cloud_no_program_of_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "stack_program", lambda _: pytest.fail("read"))
    alone = HEAD.replace("cloud: {engine: lab}, ", "").replace("    simulate: devices\n", "")
    alone = alone.replace("hub-1: {serves", "hub-1: {address: 10.1.0.9, serves", 1)
    alone = alone.replace("plant-a/gw-1: {}", "plant-a/gw-1: {address: 10.1.0.8}")
    made = compile_environment("blueprint.yaml", "lab", lambda _: alone.encode()).bundle
    assert "stack/hub" not in made.units


def test_an_address_is_bound_in_place_and_certificates() -> None:
    host = bundle("lab").render("host/hub-1")
    assert isinstance(host, Host)
    assert host.place
    assert not bind.is_placed(host, {})
    machine = "stack/hub#machine/hub-1"
    known = {f"{machine}/address": "10.91.0.9", f"{machine}/private_address": "10.91.0.9"}
    made = bind.placed(host, known, lambda place: place)
    assert made.place
    assert made.place.address == "10.91.0.9"
    server = next(one for one in made.certificates if one.name == "server.hub-1")
    assert server.hosts == ("10.91.0.9", "localhost", "127.0.0.1")
    assert all(one.is_bound for one in made.certificates)


def test_a_machine_of_a_stack_dials_its_own_network() -> None:
    hub = bundle("production").render("host/hub-1")
    machine, broker = "stack/hub#machine/hub-1", "host/hub-1/service/mosquitto#mqtt.address"
    outputs = {
        f"{machine}/address": "198.51.100.20",
        f"{machine}/private_address": "10.60.0.4",
        broker: "198.51.100.20:8883",
    }
    assert bind.nearby(hub, outputs) == {broker: "10.60.0.4:8883"}
    gateway = bundle("production").render("host/plant-a/gw-1")
    assert bind.nearby(gateway, outputs) == {}, "it comes from outside"
    certificate = next(one for one in hub.certificates if one.hosts) if isinstance(hub, Host) else None
    assert certificate
    known = {**outputs, **dict.fromkeys(map(bind.key, bind.references(hub)), "x"), **outputs}
    bound = bind.placed(hub, known, lambda place: place)
    assert isinstance(bound, Host)
    names = next(one.hosts for one in bound.certificates if one.name == certificate.name)
    assert {"198.51.100.20", "10.60.0.4"} <= set(names)


def test_arguments_get_the_public_halves_of_the_vaults_keys() -> None:
    from aiotctl.access.ssh_keys import new_key, public_half

    secrets = {"host_key/hub-1": new_key(), "login_key/ops": new_key()}
    machine = bind.arguments(stack("lab"), secrets).machines[0]
    assert machine.host_key == public_half(secrets["host_key/hub-1"])
    assert machine.login_key == public_half(secrets["login_key/ops"])
    assert machine.host_key.startswith("ssh-ed25519 ")
