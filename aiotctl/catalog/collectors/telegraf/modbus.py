"""Modbus devices as ``[[inputs.modbus]]``.

One exception reply discards the whole gather of an input, so every point is an input of its own as long as
the line has the time; else neighbouring points share one, as few as will do. All inputs of a line take turns
(``schedule``) and close their connection after each, so that a device with a single connection is served.
Numbers are read raw: scaling takes place in the script, where it is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aiotctl.catalog.collectors.telegraf.literal import Literal
from aiotctl.catalog.collectors.telegraf.pair import Inputs, Pair
from aiotctl.catalog.collectors.telegraf.schedule import Slot, offsets
from aiotctl.catalog.collectors.telegraf.tables import Wanted
from aiotctl.catalog.collectors.telegraf.toml import Bound, Section, Value
from aiotctl.catalog.entry import GatewayContext
from aiotctl.catalog.protocols.modbus.read import ModbusDevice, ModbusRead, ModbusType, Table, WireType
from aiotctl.model import names
from aiotctl.model.blueprint import Device, PointType
from aiotctl.model.primitives import Text

ORDERS = {
    ("big", "big"): "ABCD",
    ("big", "little"): "BADC",
    ("little", "big"): "CDAB",
    ("little", "little"): "DCBA",
}
"""(word order, byte order) as Telegraf names it."""

MODES = {"tcp": "TCP", "rtu-over-tcp": "RTUoverTCP", "rtu": "RTU"}
PARITIES = {"none": "N", "even": "E", "odd": "O"}

FILL = 50
"""Undefined registers read over in one request, where the type says that they may be."""

CONNECT_MS = 3
"""Allowance for opening a connection and for the scheduling of the collector itself."""

FRAME_BYTES = 17
"""Address, function, byte count and check sums of a request and its reply on a serial line, and the silence
around.
"""

Entry = tuple[Table, int]
"""A register, or a bit of a bit table, at its address."""

LIMITS = (1, 2, 4, 8, 16, 32, 64, 128)
"""Points an input may hold, tried in this order until the line has time for all."""


@dataclass(frozen=True, slots=True)
class Job:
    """Points of one device that are read together."""

    device: Device
    points: tuple[PointType, ...]
    requests: int
    registers: int

    @property
    def every_ms(self) -> int:
        """The interval that the points share."""
        return self.points[0].every_ms


def inputs(context: GatewayContext, devices: tuple[Device, ...], types: Mapping[str, Wanted]) -> Inputs:
    """The inputs of all Modbus devices of a gateway, line by line."""
    lines: dict[Text, list[Device]] = {}
    for device in devices:
        lines.setdefault(context.endpoints[device.name] or (), []).append(device)
    sections = tuple(s for line, sharing in lines.items() for s in _line(line, sharing, types))
    return Inputs(sections, extras=dict(_exponents(types)))


def _exponents(types: Mapping[str, Wanted]) -> Iterator[tuple[str, Mapping[str, Literal]]]:
    for name, each in types.items():
        for point in each.points:
            if isinstance(point.read, ModbusRead) and point.read.scale_register is not None:
                yield f"{name}/{point.name}", {"exponent": True}


def _line(line: Text, sharing: Sequence[Device], types: Mapping[str, Wanted]) -> Iterator[Section]:
    """The inputs of the devices behind one endpoint, with the finest split that the line has time for."""
    jobs: list[Job] = []
    starts: list[int] | None = None
    for limit in LIMITS:
        jobs = [job for device in sharing for job in jobs_of(device, types[device.type], limit)]
        starts = offsets([Slot(job.every_ms, cost(job, types[job.device.type])) for job in jobs])
        if starts is not None:
            break
    for n, job in enumerate(jobs):
        yield _section(line, job, types[job.device.type], starts[n] if starts else 0)


def jobs_of(device: Device, each: Wanted, limit: int) -> list[Job]:
    """The device's points in jobs of at most ``limit`` neighbours with one interval; what overlaps stays
    together.
    """
    jobs: list[Job] = []
    by_interval: dict[tuple[int, Table], list[PointType]] = {}
    for point in each.points:
        by_interval.setdefault((point.every_ms, _read(point).table), []).append(point)
    for points in by_interval.values():
        points.sort(key=lambda point: (_read(point).address, -_read(point).registers))
        jobs += (_job(device, run, settings(each)) for run in _runs(points, limit, settings(each)))
    return jobs


def _runs(points: Sequence[PointType], limit: int, kind: ModbusType) -> Iterator[list[PointType]]:
    run: list[PointType] = []
    end = -1
    for point in points:
        read = _read(point)
        gap = FILL if kind.read_gaps and limit > 1 else 0
        overlaps = bool(run) and read.address < end
        full = len(run) >= limit or read.address > end + gap or _too_long(run, read, kind)
        if run and not overlaps and full:
            yield run
            run = []
        run.append(point)
        end = max(end, read.address + read.registers) if overlaps else read.address + read.registers
    if run:
        yield run


def _too_long(run: Sequence[PointType], more: ModbusRead, kind: ModbusType) -> bool:
    """Whether a run would need a request of more registers than the device gives at once."""
    blocks = _blocks([*(_read(point) for point in run), more], kind)
    return any(len(block) > kind.request_registers for block in blocks if not block[0][0].has_bits)


def _blocks(reads: Sequence[ModbusRead], kind: ModbusType) -> list[list[Entry]]:
    """What Telegraf asks for at once: what touches, and what lies apart by no more than may be read over."""
    spans = {(read.table, n) for read in reads for n in range(read.address, read.address + read.registers)}
    spans |= {read.scale_register for read in reads if read.scale_register is not None}
    gap = FILL if kind.read_gaps else 0
    blocks: list[list[Entry]] = []
    for table, address in sorted(spans):
        if not blocks or blocks[-1][-1][0] != table or address > blocks[-1][-1][1] + 1 + gap:
            blocks.append([])
        elif address > blocks[-1][-1][1] + 1:
            blocks[-1] += [(table, n) for n in range(blocks[-1][-1][1] + 1, address)]
        blocks[-1].append((table, address))
    return blocks


def _job(device: Device, points: Sequence[PointType], kind: ModbusType) -> Job:
    """Telegraf asks once for what touches, and once more for each scale register that lies apart."""
    blocks = _blocks([_read(point) for point in points], kind)
    return Job(device, tuple(points), len(blocks), sum(len(block) for block in blocks))


def cost(job: Job, each: Wanted) -> float:
    """Milliseconds for which a job keeps its line busy."""
    device = device_settings(job.device)
    wire = 0.0
    if device.framing == "rtu":
        bits = (FRAME_BYTES * job.requests + 2 * job.registers) * 11
        wire = bits * 1000 / device.baud
    return CONNECT_MS + job.requests * settings(each).answer_ms + wire


def _section(line: Text, job: Job, each: Wanted, start_ms: int) -> Section:
    kind, device = settings(each), device_settings(job.device)
    values: dict[str, Value] = {
        "alias": f"{names.input_alias(job.device.site, job.device.name)}/{job.points[0].name}",
        "interval": f"{job.every_ms}ms",
        "collection_offset": f"{start_ms}ms",
        "name": job.device.name,
        "controller": Bound(line),
        "transmission_mode": MODES[device.framing],
        "timeout": f"{max(1000, 10 * kind.answer_ms)}ms",
        "busy_retries": 1,
        "busy_retries_wait": f"{max(20, kind.answer_ms)}ms",
        "configuration_type": "metric",
        "exclude_register_type_tag": True,
        "optimization": "max_insert" if kind.read_gaps else "none",
        "tagexclude": ["name", "slave_id"],
    }
    if kind.read_gaps:
        values["optimization_max_register_fill"] = FILL
    if device.framing == "rtu":
        values |= {
            "baud_rate": device.baud,
            "data_bits": device.data_bits,
            "parity": PARITIES[device.parity],
            "stop_bits": device.stop_bits,
        }
    workarounds = Section("workarounds", {"close_connection_after_gather": True}, many=False)
    return Section("inputs.modbus", values, sections=(workarounds, *_metrics(job, device)))


def _metrics(job: Job, device: ModbusDevice) -> Iterator[Section]:
    """One block for each byte order, because that is what Telegraf's byte order holds for."""
    orders: dict[str, list[Value]] = {}
    for point in job.points:
        read = _read(point)
        orders.setdefault(ORDERS[read.word_order, read.byte_order], []).append(_field(point.name, read))
    for point in job.points:
        if (scale := _read(point).scale_register) is not None:
            field: Value = {
                "register": str(scale[0]),
                "address": scale[1],
                "name": f"{point.name}^",
                "type": "INT16",
            }
            orders.setdefault(ORDERS[_read(point).word_order, _read(point).byte_order], []).append(field)
    for order, fields in orders.items():
        yield Section(
            "metric",
            {
                "slave_id": device.unit_id,
                "byte_order": order,
                "measurement": "modbus",
                "fields": fields,
                "tags": {"d": job.device.name},
            },
        )


def _field(name: str, read: ModbusRead) -> Value:
    field: dict[str, Value] = {"register": str(read.table), "address": read.address, "name": name}
    if read.table.has_bits:
        return field | {"output": "BOOL"}
    if read.type is WireType.BIT:
        return field | {"type": "BIT", "bit": read.bit or 0}
    if read.type is WireType.STRING:
        return field | {"type": "STRING", "length": read.registers}
    return field | {"type": read.type.value.upper()}


def _read(point: PointType) -> ModbusRead:
    assert isinstance(point.read, ModbusRead)
    return point.read


def settings(each: Wanted) -> ModbusType:
    """The type's settings, or the defaults."""
    found = each.kind.settings
    return found if isinstance(found, ModbusType) else ModbusType()


def device_settings(device: Device) -> ModbusDevice:
    """The device's settings, or the defaults."""
    return device.settings if isinstance(device.settings, ModbusDevice) else ModbusDevice()


PAIR = Pair("modbus", ModbusRead, inputs)
