"""A first apply of twelve Debian machines with systemd (containers), over SSH: aiotctl against a stock
playbook that brings the same packages, accounts, programs, files and units to the same machines, made new in
between.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benches.machines.compiled import Compiled, compiled
from benches.machines.ours import ENVIRONMENT, HUB, Machines
from benches.machines.stock import StockMachines
from benches.measure import Row, shown
from benches.watching import watched
from stacks.lab.machines.space import missing
from tests.hosts.fleet import Fleet, new_fleet

NAMES = (HUB, *(f"gw-{number}" for number in range(1, 12)))


def rows(folder: Path, full: bool) -> Iterator[Row]:
    """Measures in the long bench only, and where there can be such machines."""
    if not full:
        return
    if reason := missing():
        print(f"  hosts_first_vs_stock is not measured: {reason}", file=sys.stderr)
        return
    with new_fleet(NAMES) as fleet:
        ours = Machines(folder, fleet)
        took = shown("aiotctl", ours.apply())
        with watched() as seen:
            again = ours.apply()
        if seen or "Nothing to do" not in again.said:
            raise RuntimeError(f"a second apply: {again.said} {seen}")
        machines = list(compiled(ours.folder, ENVIRONMENT))
        _check(fleet, machines)
        fleet.renew(*NAMES)
        stock = StockMachines(folder, fleet, machines)
        stock_took = shown("stock playbook", stock.apply())
        _check(fleet, machines)
    yield Row("hosts_first_s", f"first apply of {len(NAMES)} machines over SSH, s", took.seconds)
    what = f"stock playbook of the same ({len(NAMES)} forks, no schema, no health) / it"
    yield Row("hosts_first_vs_stock", what, stock_took.seconds / took.seconds, at_least=1.2)


def _check(fleet: Fleet, machines: list[Compiled]) -> None:
    """Raises RuntimeError where a machine's units do not run and stay."""
    by_address = {machine.address: machine for machine in fleet}
    for machine in machines:
        look = f"systemctl is-active {' '.join(machine.services)} || exit 1"
        asked = by_address[machine.address].run(f"for _ in 1 2 3 4 5; do {look}; sleep 1; done")
        if asked.code:
            raise RuntimeError(f"{machine.name} has {machine.services}: {asked.out.split()}")
