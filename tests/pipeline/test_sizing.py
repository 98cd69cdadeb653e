"""How large a cloud's things are made, and what they cost by a person's own prices."""

from __future__ import annotations

from pathlib import Path

import pytest

from aiotctl.errors import AiotctlError, Exit
from aiotctl.model.sizing import Price, Prices, Sizing
from aiotctl.pipeline.compile import compile_environment
from aiotctl.pipeline.lower.sizing import sizing_of
from aiotctl.pipeline.prices import read_prices

SAMPLE = Path(__file__).parents[2] / "docs" / "guides" / "prices.toml"
BLUEPRINT = """\
blueprint: v1
name: sizes
owner: ops
device_types:
  press: {protocol: modbus-tcp, points: {pressure: {register: input/0, type: uint16, every: 100ms}}}
sites:
  plant-a:
    egress: [203.0.113.0/28]
    gateways: {gw-1: {}}
    devices: {press-1: {type: press, endpoint: "10.1.0.1:502"}}
environments:
  it:
    overlay:
      platform:
        broker: {engine: mosquitto}
        timeseries: {engine: %s, retain: %s}
        lake: {engine: bucket, retain: 1y}
        runtime: {engine: systemd, operators: [198.51.100.7/32]}
        cloud: {engine: aws, region: eu-central-1, sizes: {hub-1: {memory: 7 GB}}, cluster: true, nodes: 3}
    hosts:
      hub-1: {serves: [%s]}
      plant-a/gw-1: {address: 10.20.0.5}
"""


def sizing(engine: str = "managed", retain: str = "400d", serves: str = "broker") -> Sizing:
    text = BLUEPRINT % (engine, retain, serves)
    return sizing_of(compile_environment("blueprint.yaml", "it", lambda _: text.encode()).deployment)


def test_the_load_is_what_the_devices_send_at_most() -> None:
    load = sizing().load
    assert load.values_per_second == 10
    assert load.bytes_per_day == 10 * 86_400 * 140
    assert (load.retain_days, load.lake_days) == (400, 365)


def test_a_managed_database_holds_what_is_retained() -> None:
    small, large = ({thing.name: thing for thing in sizing(retain=days).things} for days in ("1d", "4000d"))
    assert small["database"].size.disk_gib == 10
    # 10 values/s x 86,400 s x 140 B x 4000 d x 1.3 = 586 GiB, and 3 of log
    assert large["database"].size.disk_gib == 590
    assert large["hub-1"].size.disk_gib < 100, "the database is not on the hub's machine"
    assert {name: thing.count for name, thing in small.items()} == {
        "hub-1": 1,
        "database": 1,
        "bucket": 1,
        "node": 3,
    }


def test_a_host_that_carries_the_database_is_as_large_as_both() -> None:
    things = {one.name: one for one in sizing("postgres", "4000d", "broker, timeseries").things}
    assert "database" not in things
    assert things["hub-1"].size.disk_gib == 610
    assert [what for what, _ in things["hub-1"].size.because] == [
        *("system", "broker", "timeseries", "collector", "sizes")
    ]


def test_what_is_written_replaces_what_is_worked_out() -> None:
    hub = next(one for one in sizing().things if one.name == "hub-1")
    assert hub.size.memory_gib == 7
    assert hub.size.because[-1] == ("sizes", "written in the blueprint: memory 7")


def test_prices_are_times_quantities() -> None:
    things = {one.name: one for one in sizing().things}
    prices = Prices("EUR", {"machine": Price(10, 1, 0.5), "node": Price(vcpu=2)})
    hub = things["hub-1"].size
    assert prices.of(things["hub-1"]) == 10 * hub.vcpus + 7 + 0.5 * hub.disk_gib
    assert prices.of(things["node"]) == 3 * 2 * 2
    assert prices.of(things["bucket"]) == 0


def test_the_sample_says_that_it_is_an_illustration() -> None:
    prices = read_prices(SAMPLE.read_bytes(), SAMPLE.name)
    assert "illustration" in prices.note
    assert prices.of(sizing().things[0]) > 0


@pytest.mark.parametrize(
    "text",
    [
        "currency = ",
        "[machine]\nvcpu = 1",
        'currency = "EUR"\n[machne]\nvcpu = 1',
        'currency = "EUR"\n[machine]\ncpu = 1',
        'currency = "EUR"\n[machine]\nvcpu = -1',
        'currency = "EUR"\n[machine]\nvcpu = true',
        'currency = "EUR"\nmachine = 3',
    ],
)
def test_a_file_that_holds_no_prices_is_refused(text: str) -> None:
    with pytest.raises(AiotctlError) as refused:
        read_prices(text.encode(), "prices.toml")
    assert refused.value.exit_code == Exit.USAGE
    assert refused.value.diagnostics[0].code == "price-file"
