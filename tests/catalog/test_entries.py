"""What holds for every engine that can be chosen for a role of the platform, ours and other people's."""

from __future__ import annotations

from functools import cache

import jsonschema
import pytest

from aiotctl.catalog.discovery import platform_entries, platform_entry
from aiotctl.catalog.entry import PlatformEntry
from aiotctl.catalog.runtimes.systemd import SERVICES
from aiotctl.model.primitives import Host, Ref, Resources, SecretRef
from aiotctl.pipeline.compile import compile_environment

ENTRIES = platform_entries()
NAMES = [f"{entry.role}-{entry.engine}" for entry in ENTRIES]

BLUEPRINT = """\
blueprint: v1
name: contract
owner: ops
device_types:
  press:
    protocol: modbus-tcp
    points: {pressure: {register: input/0, type: uint16, every: 1s}}
  sensor:
    protocol: mqtt
    points: {rms: {topic: "sensors/{device}/rms", every: 1s}}
sites:
  plant-a:
    timezone: Europe/Berlin
    gateways: {gw-1: {}}
    devices:
      press-1: {type: press, gateway: gw-1, endpoint: "10.20.1.11:502", unit_id: 1}
      sensor-1: {type: sensor, gateway: gw-1}
environments:
"""
LOCAL = "  it: {simulate: devices, overlay: {platform: {%s}}}\n"
HOSTS = """\
  it:
    overlay: {platform: {%s}}
    hosts:
      hub-1: {address: 10.20.0.2, serves: [broker, timeseries, lake]}
      plant-a/gw-1: {address: 10.20.0.5}
"""


def runs(entry: PlatformEntry, hosts: bool) -> bool:
    return entry.hosts if hosts else entry.local


def engines(entry: PlatformEntry, hosts: bool) -> dict[str, str]:
    """The entry, and for every other role the first engine that runs beside it without a cloud."""
    fitting = [one for one in ENTRIES if runs(one, hosts) and not (one.optional or one.managed)]
    return {one.role: one.engine for one in reversed(fitting)} | {entry.role: entry.engine}


def rendered(entry: PlatformEntry, hosts: bool) -> list[Host]:
    chosen = ", ".join(f"{role}: {{engine: {name}}}" for role, name in sorted(engines(entry, hosts).items()))
    return compiled(BLUEPRINT + (HOSTS if hosts else LOCAL) % chosen)


@cache
def compiled(text: str) -> list[Host]:
    bundle = compile_environment("blueprint.yaml", "it", lambda _: text.encode()).bundle
    found = [bundle.render(unit) for unit in bundle.units]
    assert found == [bundle.render(unit) for unit in bundle.units]  # the same each time
    return [one for one in found if isinstance(one, Host)]


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_an_entry_can_be_found_and_runs_somewhere(entry: PlatformEntry) -> None:
    assert platform_entry(entry.role, entry.engine) is entry
    assert entry.description
    assert entry.local or entry.hosts


@pytest.mark.parametrize("entry", ENTRIES, ids=NAMES)
def test_every_option_has_a_description_and_a_default_that_fits(entry: PlatformEntry) -> None:
    if not entry.options:
        return
    jsonschema.Draft202012Validator.check_schema(entry.options)
    assert entry.options["additionalProperties"] is False
    properties = entry.options["properties"]
    assert isinstance(properties, dict)
    for name, about in properties.items():
        assert isinstance(about, dict), name
        assert about["description"], name
        if name not in entry.options.get("required", ()):
            jsonschema.validate(about["default"], about)


ON_HOSTS = [entry for entry in ENTRIES if not (entry.optional or entry.managed)]
"""Engines that hosts serve; clouds and what is theirs are held against their stacks."""
PLACES = [(entry, hosts) for entry in ON_HOSTS for hosts in (False, True) if runs(entry, hosts)]
IDS = [f"{entry.role}-{entry.engine}-{'hosts' if hosts else 'local'}" for entry, hosts in PLACES]


@pytest.mark.parametrize(("entry", "hosts"), PLACES, ids=IDS)
def test_what_an_entry_adds_to_a_host_is_whole(entry: PlatformEntry, hosts: bool) -> None:
    for host in rendered(entry, hosts):
        names = [service.name for service in host.services]
        assert len(set(names)) == len(names)
        paths = [file.path for file in host.files]
        assert len(set(paths)) == len(paths)
        ports = [port.preferred for service in host.services for port in service.ports]
        assert len(set(ports)) == len(ports)
        folders = {directory.path for directory in host.directories}
        for service in host.services:
            assert service.program in host.programs, service.name
            assert set(service.files) <= set(paths), service.name
            assert set(service.start_after) <= set(names), service.name
            assert set(service.writes) <= folders, service.name
            assert not service.health.tcp or service.health.tcp in {p.name for p in service.ports}


@pytest.mark.parametrize(("entry", "hosts"), PLACES, ids=IDS)
def test_every_reference_leads_somewhere(entry: PlatformEntry, hosts: bool) -> None:
    all_hosts = rendered(entry, hosts)
    given = {f"{host.address}#root" for host in all_hosts}
    given |= {f"program/{name}#path" for host in all_hosts for name in host.programs}
    for host in all_hosts:
        for service in host.services:
            for port in service.ports:
                where = f"{host.address}/service/{service.name}#{port.name}"
                given |= {f"{where}.{what}" for what in ("port", "host", "address")}
    for host in all_hosts:
        texts = [file.content for file in host.files]
        texts += [word for service in host.services for word in service.command]
        texts += [value for service in host.services for _, value in service.environment]
        for text in texts:
            for part in text:
                assert not isinstance(part, Ref) or f"{part.address}#{part.attribute}" in given


HOSTED = [entry for entry in ON_HOSTS if entry.hosts]


@pytest.mark.parametrize("entry", HOSTED, ids=[f"{entry.role}-{entry.engine}" for entry in HOSTED])
def test_on_hosts_everything_has_an_account_and_every_open_port_a_reason(entry: PlatformEntry) -> None:
    for host in rendered(entry, True):
        firewall = "".join(str(part) for part in host.firewall)
        for service in host.services:
            assert service.account, service.name
            for port in service.ports:
                assert not port.exposed or f"tcp dport {port.preferred} " in firewall, service.name
        for file in host.files:
            if any(isinstance(part, SecretRef) for part in file.content):
                assert file.mode & 0o007 == 0, file.path
                assert file.account, file.path


def test_limits_reach_the_services_they_name() -> None:
    runtime = (
        "runtime: {engine: systemd, limits: {telegraf: {memory: 512 MB, cpu: 50}, forward: {files: 256}}}"
    )
    others = "broker: {engine: mosquitto}, timeseries: {engine: postgres}, lake: {engine: seaweedfs}"
    hosts = compiled(BLUEPRINT + HOSTS % f"{others}, {runtime}")
    found = {service.name: service.resources for host in hosts for service in host.services}
    assert found["telegraf"] == Resources(memory=512_000_000, cpu_percent=50)
    assert found["forward"] == Resources(files=256)
    assert found["mosquitto"] == Resources()
    assert set(found) == set(SERVICES)
