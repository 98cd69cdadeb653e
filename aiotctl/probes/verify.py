"""Verify: is every series flowing, fresh, of good quality and in range, and where does it stop if not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from aiotctl.model.primitives import Route, Series
from aiotctl.model.verification import Cause, Dropped, Flow, Hop, Stop, Verdict, VerifyReport
from aiotctl.probes.flow import broker, newest
from aiotctl.probes.flow.hops import GatewayState, Surroundings, where
from aiotctl.probes.flow.judge import judge
from aiotctl.probes.flow.logs import forwarder_trouble, recent_errors
from aiotctl.probes.flow.sources import Sources

STOPPED = frozenset({Flow.STALE, Flow.SILENT, Flow.NEVER})
"""What is looked for along its route; the other findings speak for themselves."""


def measure(series: Sequence[Series], routes: Iterable[Route], sources: Sources) -> VerifyReport:
    """Asks the running system about these series. It opens no connection to a device."""
    by_series = {route.series: route for route in routes}
    try:
        with newest.connect(sources.database) as connection:
            found = newest.stored(connection, [one.id for one in series])
    except Exception as problem:  # psycopg's errors, and OSError
        return _database_is_away(series, by_series, problem)
    flows = {one.id: judge(one, found.newest.get(one.id), found.ahead.get(one.id)) for one in series}
    around = _surroundings(series, flows, sources, by_series)
    verdicts = tuple(
        Verdict(
            one.id,
            one.address,
            flows[one.id],
            found.newest.get(one.id) or found.ahead.get(one.id),
            where(one, by_series[one.id], around)
            if flows[one.id] in STOPPED and one.id in by_series
            else None,
        )
        for one in series
    )
    backlog = around.broker.backlog if around.broker else 0
    return VerifyReport(
        verdicts, "", around.broker_error, backlog, found.strays, found.jobs, dropped=found.dropped
    )


def last_values(
    series: Sequence[Series], sources: Sources
) -> tuple[Mapping[str, float], tuple[Dropped, ...]]:
    """For status: age in seconds of the newest value of each device that has one (by ``site/name``), and what
    gateways lost to full buffers lately.
    """
    with newest.connect(sources.database) as connection:
        stored = newest.stored(connection, [one.id for one in series])
    found = stored.newest
    ages: dict[str, float] = {}
    for one in series:
        if one.id in found:
            device = f"{one.site}/{one.device}"
            ages[device] = min(found[one.id].age_s, ages.get(device, float("inf")))
    return ages, stored.dropped


def _surroundings(
    series: Sequence[Series], flows: Mapping[int, Flow], sources: Sources, routes: Mapping[int, Route]
) -> Surroundings:
    stopped = {one.id for one in series if flows[one.id] in STOPPED}
    along = next((routes[number].broker for number in stopped if number in routes), "")
    state, problem = _broker(sources, along)

    @cache
    def errors(collector: str) -> Mapping[str, str]:
        log = sources.logs.get(collector)
        return recent_errors(log()) if log else {}

    alive = (one.id for one in series if flows[one.id] not in STOPPED and flows[one.id] is not Flow.QUIET)
    devices = frozenset(routes[number].device for number in alive if number in routes)
    return Surroundings(state, problem, errors, devices, _gateways(sources))


def _gateways(sources: Sources) -> Callable[[str], GatewayState | None]:
    """What a collector's gateway has of its own, asked once."""

    @cache
    def gateway(collector: str) -> GatewayState | None:
        between = sources.between(collector)
        if between is None:
            return None
        state, problem = _broker(replace(sources, monitor=None), between.broker)
        log = sources.logs.get(between.forwarder, str)
        return GatewayState(between, state, problem, lambda: forwarder_trouble(log()))

    return gateway


def _broker(sources: Sources, address: str) -> tuple[broker.BrokerState | None, str]:
    """The state of the broker at an address (empty: nothing on the way to one is silent), or what kept it
    from answering.
    """
    try:
        if sources.monitor is not None:
            return broker.ask(sources.monitor), ""
        return (sources.broker(address) if address else None), ""
    except (OSError, ValueError) as problem:
        return None, str(problem) or type(problem).__name__


def _database_is_away(
    series: Sequence[Series], routes: Mapping[int, Route], problem: Exception
) -> VerifyReport:
    lines = str(problem).strip().splitlines()
    words = lines[0] if lines else type(problem).__name__
    return VerifyReport(
        tuple(
            Verdict(one.id, one.address, Flow.UNKNOWN, None, _at_database(routes.get(one.id), words))
            for one in series
        ),
        database=words,
    )


def _at_database(route: Route | None, words: str) -> Stop | None:
    return Stop(Hop.DATABASE, route.database, Cause.UNREACHABLE, words) if route else None
