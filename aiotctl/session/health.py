"""How the gateways of a wave fare: asked of the hosts themselves and, where the rollout says so, of the
database.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from aiotctl.errors import AiotctlError
from aiotctl.model.bundle import Bundle
from aiotctl.model.primitives import Route, Series
from aiotctl.model.verification import Flow, Verdict
from aiotctl.session.environment import Environment
from aiotctl.session.looking import sources
from aiotctl.session.observing import drift

SILENT = (Flow.SILENT, Flow.NEVER, Flow.UNKNOWN)
"""What a change of the gateway may have caused; a value that is late, bad or out of range is the plant's."""

VERIFY = "verify"
SHOWN = 3
"""So many silent series of a gateway are named, the others counted."""


class FleetHealth:
    """Health of the hosts of one environment. ``health`` is the rollout's: ``services`` or ``verify``."""

    def __init__(self, environment: Environment, bundle: Bundle, health: str) -> None:
        self._environment = environment
        self._bundle = bundle
        self._health = health
        self._began = time.monotonic()

    def unwell(self, addresses: Sequence[str]) -> Mapping[str, str]:
        """The gateways that are not as they were applied, or whose series fell silent."""
        found = self._drifted(addresses)
        rest = [address for address in addresses if address not in found]
        return {**found, **self._silent(rest)} if self._health == VERIFY and rest else found

    def _drifted(self, addresses: Sequence[str]) -> dict[str, str]:
        record = self._environment.record_or_new()
        found = drift(self._environment, self._bundle, record, addresses)
        return {
            address: "; ".join(f"{one.item}: {one.what}" for one in differs)
            for address, differs in found.items()
        }

    def _silent(self, addresses: Sequence[str]) -> dict[str, str]:
        from aiotctl.probes.verify import measure

        owners: dict[int, tuple[str, Series]] = {}
        routes: list[Route] = []
        for address in addresses:
            series, along = self._bundle.collected(address)
            owners |= {one.id: (address, one) for one in series}
            routes += along
        if not owners:
            return {}
        record = self._environment.record_or_new()
        try:
            with sources(self._environment, record, routes) as where:
                verdicts = measure([one for _, one in owners.values()], routes, where).verdicts
        except AiotctlError as error:
            return dict.fromkeys(addresses, error.diagnostics[0].detail)
        found: dict[str, list[str]] = {}
        for verdict in verdicts:
            address, series = owners[verdict.series]
            if verdict.flow in SILENT and not self._was_silent(verdict, series):
                found.setdefault(address, []).append(f"{verdict.address}: {verdict.flow.value}")
        return {address: _listed(words) for address, words in found.items()}

    def _was_silent(self, verdict: Verdict, series: Series) -> bool:
        """Whether a series had stopped before the apply began, so that the change is not to blame."""
        if verdict.newest is None:
            return False
        age_then = verdict.newest.age_s - (time.monotonic() - self._began)
        return age_then > series.silence_ms / 1000


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - SHOWN} more series" if len(words) > SHOWN else ""
    return "; ".join(words[:SHOWN]) + more
