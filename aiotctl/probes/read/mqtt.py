"""Waits for the next message of each topic and reads the points in it."""

from __future__ import annotations

import json
import math
import queue
import time
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlsplit

from aiotctl.catalog.protocols.mqtt.paths import path_keys
from aiotctl.catalog.protocols.mqtt.read import MqttRead
from aiotctl.catalog.protocols.mqtt.topics import expand
from aiotctl.model.blueprint import PointType
from aiotctl.model.quality import Quality
from aiotctl.model.reading import Judged, Reading
from aiotctl.probes.read import failures
from aiotctl.probes.read.judge import judge, state_name
from aiotctl.probes.read.reading import Target

PERIODS = 2.5
"""A topic is waited for at least this many of its intervals: one message may just have gone by."""

NOTHING = (
    "Is the topic right, and does the device publish? A broker hides topics that one has no right to, "
    "without an error."
)
REFUSALS = {"Not authorized", "Bad user name or password"}


def read_points(target: Target, points: Sequence[PointType]) -> Iterator[Reading]:
    """The points in the next message that has them. Raises `AiotctlError` for what does not come in time."""
    topics = {point.name: expand(cast(MqttRead, point.read).topic, target.device) for point in points}
    came: queue.Queue[tuple[str, bytes]] = queue.Queue()
    client = _connected(target, sorted(set(topics.values())), came)
    try:
        longest = max(point.every_ms for point in points) / 1000
        deadline = time.monotonic() + max(target.timeout_s, PERIODS * longest)
        waiting = list(points)
        while waiting:
            topic, payload = _next(came, deadline, target, waiting[0], topics)
            there = [
                p for p in waiting if topics[p.name] == topic and _holds(cast(MqttRead, p.read), payload)
            ]
            for point in there:
                waiting.remove(point)
                yield _reading(target, point, topic, payload)
    finally:
        client.loop_stop()
        client.disconnect()


def _next(
    came: queue.Queue[tuple[str, bytes]],
    deadline: float,
    target: Target,
    first: PointType,
    topics: dict[str, str],
) -> tuple[str, bytes]:
    try:
        return came.get(timeout=max(0.0, deadline - time.monotonic()))
    except queue.Empty:
        what = f"{target.point_address(first)} ({topics[first.name]})"
        raise failures.silent(what, target.endpoint, target.timeout_s, NOTHING) from None


def _connected(target: Target, topics: Sequence[str], came: queue.Queue[tuple[str, bytes]]) -> Any:
    from paho.mqtt import client as paho
    from paho.mqtt.enums import CallbackAPIVersion

    what, url = f"site/{target.device.site}/device/{target.device.name}", urlsplit(target.endpoint)
    answers: queue.Queue[str] = queue.Queue()
    client: Any = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"aiotctl-read-{uuid.uuid4().hex[:12]}")
    if target.user:
        client.username_pw_set(target.user, target.password)

    def connected(_client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not reason.is_failure:
            client.subscribe([(topic, 1) for topic in topics])
        answers.put(str(reason) if reason.is_failure else "")

    def message(_client: Any, _data: Any, received: Any) -> None:
        came.put((received.topic, received.payload))

    client.on_connect = connected
    client.on_message = message
    try:
        client.connect(url.hostname or "", url.port or 1883)
    except OSError as error:
        raise failures.unreachable(what, target.endpoint, error) from error
    client.loop_start()
    refusal = _first(answers, target, what, client)
    if refusal:
        client.loop_stop()
        remedy = (
            "Check user and password of the broker." if refusal in REFUSALS else "Look into the broker's log."
        )
        raise failures.refused(what, target.endpoint, refusal, remedy)
    return client


def _first(answers: queue.Queue[str], target: Target, what: str, client: Any) -> str:
    try:
        return answers.get(timeout=target.timeout_s)
    except queue.Empty:
        client.loop_stop()
        raise failures.silent(what, target.endpoint, target.timeout_s, "Is it an MQTT broker?") from None


def _holds(read: MqttRead, payload: bytes) -> bool:
    """Whether the message should have the point: an optional value may come with another one."""
    if not read.json or not read.optional:
        return True
    document = _document(payload)
    return document is _BROKEN or _at(document, read.json) is not _MISSING


def _reading(target: Target, point: PointType, topic: str, payload: bytes) -> Reading:
    read = cast(MqttRead, point.read)
    judged = _judged(point, read, payload)
    facts = [("payload", payload.decode("utf-8", "replace"))]
    if read.timestamp is not None:
        facts.append(("device time", str(_at(_document(payload), read.timestamp.json))))
    number = judged.value if isinstance(judged.value, Decimal) else None
    return Reading(
        address=target.point_address(point),
        endpoint=target.endpoint,
        source=f"{topic} {read.json}".strip(),
        raw=payload,
        judged=judged,
        unit=point.unit,
        name=state_name(point, int(number)) if number is not None else "",
        facts=tuple(facts),
    )


def _judged(point: PointType, read: MqttRead, payload: bytes) -> Judged:
    value: Any = payload.decode("utf-8", "replace") if not read.json else _document(payload)
    if value is _BROKEN:
        return Judged(None, Quality.WRONG_TYPE, "the payload is no JSON")
    if read.json:
        value = _at(value, read.json)
    if value is _MISSING:
        return Judged(None, Quality.NO_VALUE, f"the payload has nothing at {read.json}")
    if value is None:
        return Judged(None, Quality.NO_VALUE, "null")
    if isinstance(value, str) and value in point.no_value:
        return judge(point, value)
    typed = _typed(read.data_type, value)
    if typed is None:
        return Judged(None, Quality.WRONG_TYPE, f"{value!r} is no {read.data_type}")
    return judge(point, typed)


STATES = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
"""States as devices write them, in any case of letters."""


def _typed(kind: str, value: Any) -> bool | int | float | str | None:
    """The value as its declared type, as the gateway takes it; None where it is of another."""
    if kind == "string":
        return value if isinstance(value, str) else None
    if kind == "boolean":
        return _state(value)
    number = _number(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    if isinstance(number, float) and math.isfinite(number) and kind == "integer":
        return int(number) if number.is_integer() else None
    return number


def _state(value: Any) -> bool | None:
    if isinstance(value, str):
        return STATES.get(value.strip().lower())
    return bool(value) if isinstance(value, bool | int | float) and value in (0, 1) else None


def _number(text: str) -> Any:
    """A number that was written as text: a plain payload, or one between quotes. Python's JSON knows NaN."""
    try:
        return json.loads(text)
    except ValueError:
        return math.nan if text.strip().lower().lstrip("+-") in ("nan", "inf", "infinity") else None


_BROKEN, _MISSING = object(), object()


def _document(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return _BROKEN


def _at(document: Any, path: str) -> Any:
    """What lies at a path; `_MISSING` where nothing does."""
    for key in path_keys(path):
        if isinstance(document, list) and key.isdecimal() and int(key) < len(cast("list[Any]", document)):
            document = cast("list[Any]", document)[int(key)]
        elif isinstance(document, dict) and key in document:
            document = cast("dict[str, Any]", document)[key]
        else:
            return _MISSING
    return document
