"""Status and verify of one environment, as it was applied and not as it is being edited."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from aiotctl.engine.applied import load_applied, load_routes
from aiotctl.errors import failure
from aiotctl.model import address
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.plan import Drift
from aiotctl.model.primitives import Host, Rendered, Route, Series, Service
from aiotctl.model.record import Record
from aiotctl.model.status import DeviceStatus, Health, ServiceStatus, Status, UnitStatus
from aiotctl.model.verification import Dropped, VerifyReport
from aiotctl.probes.flow.sources import Sources
from aiotctl.probes.verify import last_values, measure
from aiotctl.session.backends import backends
from aiotctl.session.brokers import Brokers
from aiotctl.session.certificates import endings
from aiotctl.session.collector_logs import log_readers
from aiotctl.session.database import reader
from aiotctl.session.environment import Environment
from aiotctl.session.sudo import sudo_password

SERVICE = "service "
Collected = tuple[tuple[Series, ...], tuple[Route, ...]]


def verify(environment: Environment, prefix: str = "") -> VerifyReport:
    """Asks the running system about every series, or those whose address begins with ``prefix``."""
    record = _known(environment)
    series, routes = collected(environment, record)
    chosen = tuple(one for one in series if one.address.startswith(prefix))
    if not chosen:
        raise failure(
            "no-series",
            "There is no such series",
            f"Nothing that was applied has an address that begins with {prefix!r}.",
            "See the addresses with: aiotctl verify",
        )
    with sources(environment, record, routes) as where:
        report = measure(chosen, routes, where)
    return replace(report, endings=endings(environment.vault, record))


def status(environment: Environment) -> Status:
    """What runs where, and how old the newest value of each device is."""
    record = _known(environment)
    rendered = {a: load_applied(environment.store, unit).rendered for a, unit in record.units.items()}
    drift = _observe(environment, record, rendered)
    versions = _versions()
    units = tuple(_unit(a, unit, record, drift.get(a, ()), versions) for a, unit in sorted(rendered.items()))
    series, routes = collected(environment, record)
    ages: Mapping[str, float] = {}
    dropped: tuple[Dropped, ...] = ()
    problem = ""
    try:
        with sources(environment, record, routes) as where:
            ages, dropped = last_values(series, where)
    except Exception as error:  # psycopg's errors, whose module is imported only by the probe
        problem = str(error).strip().split("\n")[0] or type(error).__name__
    devices, ending = tuple(_devices(series, ages)), endings(environment.vault, record)
    return Status(record.blueprint, record.environment, units, devices, problem, ending, dropped)


def collected(environment: Environment, record: Record) -> Collected:
    """All series and routes as applied."""
    found = [load_routes(environment.store, unit) for unit in record.units.values()]
    return tuple(s for series, _ in found for s in series), tuple(r for _, routes in found for r in routes)


@contextmanager
def sources(environment: Environment, record: Record, routes: Iterable[Route]) -> Generator[Sources]:
    """Where the probes look; a machine of its own is reached for as long as the context lasts."""
    along = tuple(routes)
    collectors = {service for route in along for service in (route.collector, route.writer)}
    brokers = Brokers(environment, record, partial(place_of, environment, record))
    logs = log_readers(
        collectors | brokers.forwarders(route.collector for route in along),
        partial(log_file, environment, record),
        partial(place_of, environment, record),
        partial(sudo_password, vault=environment.vault),
    )
    broker = next((route.broker for route in along), "")
    monitor = record.outputs.get(f"{broker}#monitor.address")
    place = partial(place_of, environment, record)
    first = next(iter(along), None)
    with reader(first, record.outputs, environment.vault, place) as database:
        yield Sources(database, monitor, logs, brokers.ask, brokers.between)


def place_of(environment: Environment, record: Record, host: str) -> HostPlace | None:
    """The machine of a host as applied, None where that is this one."""
    unit = record.units.get(host)
    rendered = load_applied(environment.store, unit).rendered if unit else None
    return environment.placed(record, rendered).place if isinstance(rendered, Host) else None


def log_file(environment: Environment, record: Record, service: str) -> Path:
    """Where the runtime keeps what a service says."""
    host, _, name = service.partition("/service/")
    return environment.folder(record, host) / "logs" / f"{name}.log"


def _known(environment: Environment) -> Record:
    record = environment.record()
    if record is None or not record.units:
        raise failure(
            "not-applied",
            "Nothing has been applied to this environment",
            f"Environment {environment.name!r} of {environment.blueprint!r} has no record.",
            f"Apply it first: aiotctl apply --env {environment.name}",
        )
    return record


def _observe(
    environment: Environment, record: Record, rendered: Mapping[str, Rendered]
) -> Mapping[str, tuple[Drift, ...]]:
    drift: dict[str, tuple[Drift, ...]] = {}
    for kind, backend in backends(environment, record).items():
        batch = [
            environment.bound(record, where, unit)
            for where, unit in rendered.items()
            if record.units[where].kind == kind
        ]
        drift |= backend.observe(batch)
    return drift


def _unit(
    where: str, rendered: Rendered, record: Record, drift: tuple[Drift, ...], versions: Mapping[str, str]
) -> UnitStatus:
    unit = record.units[where]
    by_service = {item.item.removeprefix(SERVICE): item for item in drift if item.item.startswith(SERVICE)}
    unknown = unit.state != "applied" or any(item.item == "host" for item in drift)
    worst = Health.UNKNOWN if unknown else Health.DRIFTED if drift else Health.RUNNING
    services = rendered.services if isinstance(rendered, Host) else ()
    return UnitStatus(
        where,
        unit.kind,
        unit.applied_at,
        worst,
        tuple(_service(where, s, record, by_service.get(s.name), unknown, versions) for s in services),
        tuple(f"{item.item}: {item.what}" for item in drift if not item.item.startswith(SERVICE)),
    )


def _service(
    where: str,
    service: Service,
    record: Record,
    drift: Drift | None,
    unknown: bool,
    versions: Mapping[str, str],
) -> ServiceStatus:
    here = address.service(where, service.name)
    return ServiceStatus(
        here,
        service.program,
        versions.get(service.program, ""),
        _health(drift, unknown),
        tuple(
            f"{port.name} {record.outputs.get(f'{here}#{port.name}.address', '?')}" for port in service.ports
        ),
        (drift.what,) if drift else (),
    )


def _health(drift: Drift | None, unknown: bool) -> Health:
    if unknown:
        return Health.UNKNOWN
    if drift is None:
        return Health.RUNNING
    return Health.DOWN if "not running" in drift.what or "not listening" in drift.what else Health.DRIFTED


def _devices(series: Iterable[Series], ages: Mapping[str, float]) -> Iterable[DeviceStatus]:
    counts: dict[tuple[str, str], int] = {}
    for one in series:
        counts[one.site, one.device] = counts.get((one.site, one.device), 0) + 1
    for (site, device), count in counts.items():
        yield DeviceStatus(address.device(site, device), count, ages.get(f"{site}/{device}"))


def _versions() -> Mapping[str, str]:
    from aiotctl.toolbox.pins import pins

    return {name: pin.version for name, pin in pins().items()}
