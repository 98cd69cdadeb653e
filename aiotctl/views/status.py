"""What runs where as it was applied, and how old the newest value of each device is.

Messages of the stream: ``unit_status`` (address, kind, applied_at (seconds since the epoch), health, drift
[text]); ``service_status`` (address, unit, program, version, health, ports [text], why [text]);
``device_status`` (address, series, age_s); ``status_summary`` (blueprint, environment, ok, database (what
failed when ages were asked for)).
"""

from __future__ import annotations

from collections.abc import Sequence

from aiotctl.model.status import DeviceStatus, Health, ServiceStatus, Status, UnitStatus
from aiotctl.views.dropped import human_dropped, write_dropped
from aiotctl.views.endings import human_endings, write_endings
from aiotctl.views.output import Output, Screen, Stream
from aiotctl.views.table import Column, Group, show_groups, show_table
from aiotctl.views.text import Part, Style, age

_STYLES = {
    Health.RUNNING: Style.GOOD,
    Health.DRIFTED: Style.DOUBTFUL,
    Health.DOWN: Style.BAD,
    Health.UNKNOWN: Style.BAD,
}
_SERVICES = (
    Column("service"),
    Column("health"),
    Column("program", least=8),
    Column("version"),
    Column("ports", least=16),
)
_DEVICES = (
    Column("device", least=16),
    Column("series", right=True),
    Column("newest value", right=True),
)


def show_status(status: Status, output: Output) -> None:
    """The status, on the screen, in the stream, or both."""
    if output.stream is not None:
        write_status(status, output.stream)
    if output.screen is not None:
        human_status(status, output.screen, output.clock())


def is_well(status: Status) -> bool:
    """Whether all runs as it was applied."""
    return all(unit.health is Health.RUNNING for unit in status.units) and all(
        service.health is Health.RUNNING for unit in status.units for service in unit.services
    )


def write_status(status: Status, stream: Stream) -> None:
    """The status's messages."""
    for unit in status.units:
        stream.write(
            "unit_status",
            address=unit.address,
            kind=unit.kind,
            applied_at=unit.applied_at,
            health=unit.health.value,
            drift=unit.drift,
        )
        for service in unit.services:
            stream.write(
                "service_status",
                address=service.address,
                unit=unit.address,
                program=service.program,
                version=service.version,
                health=service.health.value,
                ports=service.ports,
                why=service.why,
            )
    for device in status.devices:
        stream.write("device_status", address=device.address, series=device.series, age_s=device.age_s)
    write_dropped(status.dropped, stream)
    write_endings(status.endings, stream)
    stream.write(
        "status_summary",
        blueprint=status.blueprint,
        environment=status.environment,
        ok=is_well(status),
        database=status.database,
    )


def human_status(status: Status, screen: Screen, now: float) -> None:
    """The status as a person reads it."""
    screen.line((Style.STRONG, status.blueprint), ", environment ", (Style.STRONG, status.environment))
    screen.line()
    groups = [Group(_title(unit, now), [_service(one) for one in unit.services]) for unit in status.units]
    show_groups(screen, _SERVICES, groups, "  ")
    _show_reasons(status.units, screen)
    if status.devices:
        screen.line()
        show_table(screen, _DEVICES, [_device(device) for device in status.devices], "  ")
    if status.database:
        screen.line((Style.BAD, "The database could not be asked"), f": {status.database}")
    human_dropped(status.dropped, screen)
    human_endings(status.endings, screen, now)


def _title(unit: UnitStatus, now: float) -> list[Part]:
    return [
        (Style.STRONG, unit.address),
        "  ",
        (_STYLES[unit.health], unit.health.value),
        (Style.FAINT, f"  applied {age(now - unit.applied_at)} ago"),
    ]


def _service(service: ServiceStatus) -> list[Part]:
    name = service.address.rpartition("/")[2]
    ports = ", ".join(service.ports)
    return [
        name,
        (_STYLES[service.health], service.health.value),
        service.program,
        service.version,
        (Style.FAINT, ports),
    ]


def _show_reasons(units: Sequence[UnitStatus], screen: Screen) -> None:
    reasons = [(unit.address, drift) for unit in units for drift in unit.drift]
    reasons += [(one.address, why) for unit in units for one in unit.services for why in one.why]
    if reasons:
        screen.line()
        screen.line("What is not as it was applied (`aiotctl apply` repairs it):")
    for address, why in reasons:
        screen.line("  ", (Style.STRONG, address), f": {why}")


def _device(device: DeviceStatus) -> list[Part]:
    newest: Part = (Style.BAD, "none") if device.age_s is None else f"{age(device.age_s)} ago"
    return [device.address, f"{device.series:,}", newest]
