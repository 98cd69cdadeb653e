"""How large machines, database and disks are made: from what the blueprint says of values, by rules of thumb
that `aiotctl show sizing` tells with their quantities. What is written as the cloud's `sizes` replaces them.

Where the numbers come from: a value's row is 100 bytes by its columns (24 of header, 4 of line pointer, 34 of
numbers, padding) and 40 in its primary key; the benches tell what a processor takes in (more than 20,000
values a second through broker, collector and database), and half of that is counted on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiotctl.catalog.cloud import DATABASE, GIB, NODE, Asked, asked, is_managed
from aiotctl.catalog.options import milliseconds, size
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.deployment import Deployment
from aiotctl.model.sizing import Load, Size, Sized, Sizing
from aiotctl.rules.uplink import values_per_second

BYTES_PER_VALUE = 140
"""A value in the database, with its share of the index."""

BYTES_IN_LAKE = 16
"""A value in a Parquet file, compressed."""

VALUES_PER_CPU = 10_000
"""Values a second for which one processor is counted, for each of broker, collector and database."""

SPARE = 1.3
"""Free share of a disk of data: indexes are rebuilt, and a full database takes nothing more."""

SYSTEM_GIB, SYSTEM_MEMORY_GIB = 10, 1
"""What system, packages, programs and logs take of any machine."""

DATABASE_WAL_GIB = 3
"""The database's log, beside its data."""

DAY_S = 86_400
STEPS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
"""Processors and GiB of memory come in these sizes."""

DISK_STEP_GIB = 10


def load_of(deployment: Deployment) -> Load:
    """The load of an environment: the most that its devices send, as if nothing were filtered."""
    rates = values_per_second(deployment)
    devices = Counter(device.type for site in deployment.sites.values() for device in site.devices)
    values = sum(rates[kind] * count for kind, count in devices.items())
    return Load(
        values,
        values * DAY_S * BYTES_PER_VALUE,
        _days(deployment, "timeseries", "400d"),
        _days(deployment, "lake", "5y") if "lake" in deployment.platform else 0.0,
    )


def sizing_of(deployment: Deployment) -> Sizing:
    """All that the environment's cloud is asked to make."""
    cloud = asked(deployment)
    load = load_of(deployment)
    things = tuple(_things(deployment, cloud, load)) if cloud else ()
    return Sizing(deployment.environment.name, cloud.engine if cloud else "", load, things)


def _things(deployment: Deployment, cloud: Asked, load: Load) -> Iterator[Sized]:
    for place in deployment.environment.hosts.values():
        if place.stack:
            made = machine(deployment, cloud, place, deployment.roles_of(place))
            yield Sized(place.name, "machine", made)
    if is_managed(deployment, "timeseries"):
        yield Sized(DATABASE, "database", database(deployment, cloud))
    if is_managed(deployment, "lake"):
        part = _lake(deployment, load)
        yield Sized("bucket", "bucket", Size(0, 0, math.ceil(part.disk_gib), ((part.what, part.words),)))
    if cloud.cluster:
        yield Sized(NODE, "node", node(cloud), cloud.nodes)


def machine(deployment: Deployment, asked: Asked, place: HostPlace, roles: Sequence[str]) -> Size:
    """A central machine that carries these roles, or a gateway's (no roles)."""
    load = load_of(deployment)
    parts = [_SYSTEM, *(_ROLES[role](deployment, load) for role in roles if role in _ROLES)]
    if not roles:
        parts.append(_gateway(deployment))
    return _replaced(asked, place.name, _together(parts))


def database(deployment: Deployment, asked: Asked) -> Size:
    """A managed database."""
    return _replaced(asked, DATABASE, _together([_timeseries(deployment, load_of(deployment))]))


def node(asked: Asked) -> Size:
    """A node of the cluster."""
    plain = Size(2, 8, 0, (("node", "2 vCPU, 8 GiB: the cluster's own services and some more"),))
    return _replaced(asked, NODE, plain)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one thing adds to a machine, in unrounded numbers."""

    what: str
    vcpus: float
    memory_gib: float
    disk_gib: float
    words: str


_SYSTEM = _Part("system", 0.25, SYSTEM_MEMORY_GIB, SYSTEM_GIB, "system, packages, programs and logs")


def _broker(deployment: Deployment, load: Load) -> _Part:
    waiting = _size(deployment, "broker", "storage", "1 GB")
    return _Part(
        "broker",
        _cpus(load),
        waiting / GIB,
        2 * waiting / GIB,
        f"{load.values_per_second:,.1f} values/s / {VALUES_PER_CPU:,} per vCPU; `storage` in memory, twice "
        "on the disk",
    )


def _collector(deployment: Deployment, load: Load) -> _Part:
    return _Part(
        "collector",
        _cpus(load),
        0.5,
        0,
        f"{load.values_per_second:,.1f} values/s / {VALUES_PER_CPU:,} per vCPU; 0.5 GiB of messages",
    )


def _timeseries(deployment: Deployment, load: Load) -> _Part:
    cpus = _cpus(load)
    return _Part(
        "timeseries",
        cpus,
        1 + 2 * cpus + _size(deployment, "timeseries", "memory", "128 MB") / GIB,
        load.bytes_per_day * load.retain_days * SPARE / GIB + DATABASE_WAL_GIB,
        f"{load.values_per_second:,.1f} values/s x {DAY_S:,} s x {BYTES_PER_VALUE} B = "
        f"{load.bytes_per_day / GIB:,.2f} GiB a day; x {load.retain_days:g} d x {SPARE:g} spare + "
        f"{DATABASE_WAL_GIB} GiB of log; 1 GiB + 2 GiB per vCPU + `memory`",
    )


def _lake(deployment: Deployment, load: Load) -> _Part:
    return _Part(
        "lake",
        0.25,
        1,
        load.values_per_second * DAY_S * BYTES_IN_LAKE * load.lake_days * SPARE / GIB,
        f"{load.values_per_second:,.1f} values/s x {DAY_S:,} s x {BYTES_IN_LAKE} B x {load.lake_days:g} d x "
        f"{SPARE:g} spare",
    )


def _gateway(deployment: Deployment) -> _Part:
    waiting = _size(deployment, "broker", "buffer", "256 MB") / GIB
    return _Part("gateway", 0.5, 0.5, 2 * waiting, "collector and broker; twice `buffer` on the disk")


_ROLES = {"broker": _broker, "collector": _collector, "timeseries": _timeseries, "lake": _lake}


def _together(parts: Sequence[_Part]) -> Size:
    disk = sum(part.disk_gib for part in parts)
    return Size(
        _step(sum(part.vcpus for part in parts)),
        _step(sum(part.memory_gib for part in parts)),
        max(DISK_STEP_GIB, math.ceil(disk / DISK_STEP_GIB) * DISK_STEP_GIB),
        tuple(_told(parts)),
    )


def _told(parts: Sequence[_Part]) -> Iterator[tuple[str, str]]:
    for part in parts:
        amounts = f"{part.vcpus:.2f} vCPU, {part.memory_gib:.2f} GiB, {part.disk_gib:,.1f} GiB of disk"
        yield part.what, f"{amounts}: {part.words}"


def _replaced(asked: Asked, name: str, worked_out: Size) -> Size:
    written = asked.sizes.get(name, {})
    words = ", ".join(f"{key} {value}" for key, value in written.items())
    return Size(
        written.get("vcpus", worked_out.vcpus),
        written.get("memory", worked_out.memory_gib),
        written.get("disk", worked_out.disk_gib),
        (*worked_out.because, *((("sizes", f"written in the blueprint: {words}"),) if written else ())),
    )


def _cpus(load: Load) -> float:
    return max(0.25, load.values_per_second / VALUES_PER_CPU)


def _step(wanted: float) -> int:
    return next((step for step in STEPS if step >= wanted), STEPS[-1])


def _days(deployment: Deployment, role: str, default: str) -> float:
    return milliseconds(deployment.platform[role].options.get("retain", default)) / (DAY_S * 1000)


def _size(deployment: Deployment, role: str, name: str, default: str) -> int:
    return size(deployment.platform[role].options.get(name, default))
