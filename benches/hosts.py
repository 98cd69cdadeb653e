"""Fifty hosts with twenty files and services each, on local connections: aiotctl against a stock playbook and
a pyinfra deploy of the same.

A run counts only if it saw. Before each one that is timed a file is altered or a service stopped by chance:
aiotctl's probe must name it (an apply then repairs it and the next finds nothing, both probes are timed and
the slower counts), a peer's run must have put it right. The stock playbook runs at ten hosts; what
grows with their number is scaled to fifty.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benches.measure import Row
from benches.shop.ours import Project, applied
from benches.shop.peers import FORKS, Pyinfra, Stock
from benches.watching import watched

HOSTS = tuple(f"hall-{number:02d}" for number in range(1, 51))
STOCK_HOSTS = HOSTS[:10]
TIMES = 3


def rows(folder: Path, full: bool) -> Iterator[Row]:
    """Measures each tool after the other; the long form runs each once more."""
    times = TIMES + full
    with applied(folder, HOSTS) as project:
        quiet, change = min(_quiet(project) for _ in range(times)), _changed(project)
        _check_no_ansible(project)
    with closing(Pyinfra(folder, HOSTS)) as pyinfra:
        pyinfra_quiet = min(pyinfra.apply() for _ in range(times))
    with closing(Stock(folder, STOCK_HOSTS)) as stock:
        start = stock.start()
        stock_quiet = _scaled(start, min(stock.apply() for _ in range(1 + full)))
        stock_change = _scaled(start, min(stock.apply(2 - turn % 2) for turn in range(1 + full)))
    about = f"{len(HOSTS)} local hosts of 20 files and services"
    against = f"stock playbook ({len(STOCK_HOSTS)} hosts scaled, facts gathered, {FORKS} forks)"
    yield Row("hosts_noop_s", f"apply --refresh without a change, {about}, all probed, s", quiet)
    yield Row("hosts_noop_vs_stock", f"{against} / it", stock_quiet / quiet, at_least=40)
    yield Row("hosts_noop_vs_pyinfra", "pyinfra deploy / it", pyinfra_quiet / quiet, at_least=3)
    yield Row("hosts_change_s", f"apply that changes one file on each of {about}, s", change)
    yield Row("hosts_change_vs_stock", f"{against} / it", stock_change / change, at_least=15)


def _quiet(project: Project) -> float:
    """The slower of two probes of everything: one that must find what was disturbed, one nothing."""
    host, item = project.disturb()
    probe = project.run("plan", "--refresh", "--detailed-exitcode", code=2)
    if host not in probe.said or item not in probe.said:
        raise RuntimeError(f"{item} of {host} was disturbed, and the probe says: {probe.said}")
    project.run("apply", "--refresh", "--yes")
    again = project.run("apply", "--refresh", "--yes")
    if "Nothing to do" not in again.said:
        raise RuntimeError(f"an apply after a repair found something: {again.said}")
    return max(probe.seconds, again.seconds)


def _changed(project: Project) -> float:
    """The better of two applies of another revision, there and back."""
    took: list[float] = []
    for revision in (2, 1):
        project.write(revision)
        project.disturb()
        took.append(project.run("apply", "--refresh", "--yes").seconds)
        project.check(revision)
    return min(took)


def _check_no_ansible(project: Project) -> None:
    """Raises RuntimeError where a plain apply without a change starts Ansible."""
    with watched() as seen:
        ran = project.run("apply", "--yes")
    if seen or "Nothing to do" not in ran.said:
        raise RuntimeError(f"a plain apply without a change: {ran.said} {seen}")


def _scaled(start: float, measured: float) -> float:
    """What the stock playbook takes for all hosts: its start, and the rest for each host."""
    return start + (measured - start) * len(HOSTS) / len(STOCK_HOSTS)
