"""Pipelines in the blueprint's order, on copies of what is stored raw; times are the devices' own."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest

from aiotctl.catalog.protocols.mqtt.read import MqttRead, Timestamp
from aiotctl.model.blueprint import Condition, Convert, Deadband, Filter, PointType, Scale, ValueType, Window
from aiotctl.model.quality import Quality

F, N, D, B = ValueType.FLOAT, ValueType.INTEGER, ValueType.DECIMAL, ValueType.BOOLEAN
START = 1_700_000_000_000


class Feed:
    """A device that publishes values with times of its own, ms after a start."""

    def __init__(self, rig: Any, broker: Any) -> None:
        self.rig = rig
        broker.start()
        rig.start()
        deadline = time.monotonic() + 10
        while "Connected" not in rig.log() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        self.client = broker.client("device.plant-a.s")

    def send(self, after_ms: int, **values: Any) -> None:
        payload = json.dumps({"t": START + after_ms, **values})
        self.client.publish("data/s", payload, 1).wait_for_publish(5)

    def end(self) -> dict[str, list[tuple[int, Any, int]]]:
        """All values by name, as (ms after the start, value, quality)."""
        self.send(10**7, done=True)
        values = self.rig.wait(lambda vs: any(v.series.point == "done" for v in vs))
        found: dict[str, list[tuple[int, Any, int]]] = {}
        for value in values:
            when = value.time_ns // 10**6 - START
            found.setdefault(value.name, []).append((when, value.value, value.quality))
        return found


def point(name: str, kind: ValueType = F, **more: Any) -> PointType:
    return PointType(name, MqttRead("data/{device}", name, timestamp=Timestamp("t", "unix_ms")), kind, **more)


def device(rig: Any, *points: PointType) -> None:
    rig.add("s", [*points, point("done", B)], None, protocol="mqtt")


def test_a_deadband_passes_changes_and_signs_of_life(rig, broker):
    """0.2 is reached by 12.3 -> 12.5; a new quality passes; after the silence the same value passes."""
    device(rig, point("p", range=(Decimal(0), Decimal(100))))
    rig.pipe("calm", "s", [Deadband((("p", Decimal("0.2"), "0.2 bar"),), 60_000)], ["p"])
    feed = Feed(rig, broker)
    for after, value in [
        (0, 12.3),
        (1000, 12.4),
        (2000, 12.5),
        (3000, 12.6),
        (62_500, 12.6),
        (63_000, 101),
        (64_000, None),
    ]:
        feed.send(after, p=value)
    found = feed.end()
    assert found["s/p/calm"] == [
        (0, 12.3, Quality.GOOD),
        (2000, 12.5, Quality.GOOD),
        (62_500, 12.6, Quality.GOOD),
        (63_000, 101.0, Quality.OUT_OF_RANGE),
        (64_000, None, Quality.NO_VALUE),
    ]
    assert len(found["s/p"]) == 7


def test_windows_are_aligned_and_hold_good_values_alone(rig, broker):
    """[0, 10 s) is stored at 10 s; what is bad or too late is in no aggregate; only bad values give
    nothing.
    """
    device(rig, point("p", range=(Decimal(0), Decimal(100))), point("n", N))
    rig.pipe("w", "s", [Window(10_000, ("mean", "min", "max", "last", "count", "sum"))], ["p", "n"])
    feed = Feed(rig, broker)
    for after, value in [(0, 1), (4000, 2.5), (5000, 400), (6000, None), (9999, 4)]:
        feed.send(after, p=value)
    feed.send(0, n=2**53 + 1)
    feed.send(10_000, p=400, n=1)  # closes the first window; the second has nothing good of p
    feed.send(9000, p=99)  # too late
    feed.send(20_000, p=5)
    feed.send(30_000, p=6)
    found = feed.end()
    good = Quality.GOOD
    first = {"mean": 2.5, "min": 1.0, "max": 4.0, "last": 4.0, "count": 3, "sum": 7.5}
    for aggregate, value in first.items():
        assert found[f"s/p/w/{aggregate}"][0] == (10_000, value, good), aggregate
    assert [when for when, _, _ in found["s/p/w/count"]] == [10_000, 30_000]
    assert found["s/n/w/last"][0] == (10_000, 2**53 + 1, good)
    assert found["s/n/w/mean"][0] == (10_000, float(2**53), good)


def test_a_window_closes_without_a_later_value(rig, broker):
    """A device that falls silent leaves its last window behind, one second after its time."""
    device(rig, point("p"))
    rig.pipe("w", "s", [Window(1000, ("count",))], ["p"])
    feed = Feed(rig, broker)
    feed.send(0, p=1)
    feed.send(1, p=2)
    rig.wait(lambda vs: any(v.series.aggregate == "count" and v.value == 2 for v in vs), 5)


@pytest.mark.parametrize("filtered_first", [True, False])
def test_steps_work_in_the_order_of_the_blueprint(rig, broker, filtered_first):
    """Filter, scale, convert and deadband, then the window; the raw value stays what it was."""
    device(rig, point("p", N), point("state", N, enum=((0, "stopped"), (1, "running"))), point("go", B))
    running = Filter(
        (Condition("state", "=", "running"), Condition("go", "=", True), Condition("p", "<", Decimal(50)))
    )
    deadband = Deadband((("p", Decimal(10), "10"),), 60_000)
    steps = [running, deadband] if filtered_first else [deadband, running]
    scaled = [
        Scale((("p", Decimal("0.1"), Decimal(0)),)),
        Convert((("p", "degF", Decimal("1.8"), Decimal(32)),)),
    ]
    rig.pipe("x", "s", [*steps, *scaled], ["p"])
    feed = Feed(rig, broker)
    feed.send(0, p=1)  # nothing is known of the others yet
    feed.send(500, state=0, go=True)
    feed.send(1000, p=20)
    feed.send(1500, state=1)
    feed.send(2000, p=25)
    feed.send(3000, p=60)
    found = feed.end()
    assert [value for _, value, _ in found["s/p"]] == [1, 20, 25, 60]
    assert found.get("s/p/x", []) == ([(2000, 36.5, Quality.GOOD)] if filtered_first else [])


def test_a_decimal_keeps_its_digits_through_last(rig, broker):
    device(rig, point("total", D))
    rig.pipe("w", "s", [Window(1000, ("last", "max"))], ["total"])
    feed = Feed(rig, broker)
    feed.send(0, total=2**64 - 1)
    feed.send(1000, total=1)
    found = feed.end()
    assert found["s/total/w/last"][0] == (1000, str(2**64 - 1), Quality.GOOD)
    assert found["s/total/w/max"][0] == (1000, float(2**64 - 1), Quality.GOOD)


def test_what_is_not_to_be_stored_still_feeds_its_pipelines(rig, broker):
    device(rig, point("p", store=False), point("q"))
    rig.pipe("w", "s", [Window(1000, ("max",))], ["p"])
    feed = Feed(rig, broker)
    feed.send(0, p=1, q=1)
    feed.send(1000, p=2, q=2)
    found = feed.end()
    assert "s/p" not in found
    assert found["s/p/w/max"][0] == (1000, 1.0, Quality.GOOD)
