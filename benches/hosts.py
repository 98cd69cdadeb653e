"""Fifty hosts with twenty files and services each, on local connections: aiotctl against a stock playbook and
a pyinfra deploy of the same.

A run counts only if it saw. Before each one that is timed a file is altered or a service stopped by chance:
aiotctl's probe must name it (an apply then repairs it and the next finds nothing, both probes are timed and
the slower counts), a peer's run must have put it right. The stock playbook runs at ten hosts; what
grows with their number is scaled to fifty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from benches.measure import Ran, Row, shown
from benches.shop.ours import Project, applied
from benches.shop.peers import FORKS, Pyinfra, Stock
from benches.watching import watched

HOSTS = tuple(f"hall-{number:02d}" for number in range(1, 51))
STOCK_HOSTS = HOSTS[:10]
TIMES = 3


def rows(folder: Path, full: bool) -> Iterator[Row]:
    """Measures each tool after the other; the long form runs each once more."""
    with applied(folder, HOSTS) as project:
        _check_no_ansible(project)
        quiet = _best(_quiet(project) for _ in range(TIMES + full))
        change = _best(_changed(project, revision) for revision in (2, 1))
    with closing(Pyinfra(folder, HOSTS)) as pyinfra:
        deploy = _best(shown("pyinfra deploy", pyinfra.apply()) for _ in range(TIMES + full))
    with closing(Stock(folder, STOCK_HOSTS)) as stock:
        start = stock.start()
        play = _scaled(start, _best(shown("stock playbook", stock.apply()) for _ in range(1 + full)))
        change_play = _scaled(start, shown("stock playbook that changes", stock.apply(2)))
    about = f"{len(HOSTS)} local hosts of 20 files and services"
    against = f"stock playbook ({len(STOCK_HOSTS)} hosts scaled, facts gathered, {FORKS} forks) / it"
    yield Row("hosts_noop_s", f"apply --refresh without a change, {about}, s", quiet.seconds)
    yield Row("hosts_noop_vs_stock", against, play.seconds / quiet.seconds, at_least=40)
    yield Row("hosts_noop_vs_pyinfra", "pyinfra deploy / it", deploy.seconds / quiet.seconds, at_least=3)
    yield Row("hosts_change_s", f"apply that changes a file on each of {about}, s", change.seconds)
    yield Row("hosts_change_vs_stock", against, change_play.seconds / change.seconds, at_least=15)
    cpu = "the same in seconds of processor"
    yield Row("hosts_noop_cpu_vs_stock", cpu, play.processor / quiet.processor)
    yield Row("hosts_change_cpu_vs_stock", cpu, change_play.processor / change.processor)


def _best(runs: Iterable[Ran]) -> Ran:
    return min(runs, key=lambda ran: ran.seconds)


def _quiet(project: Project) -> Ran:
    """The slower of two probes of everything: one that must find what was disturbed, one nothing."""
    host, item = project.disturb()
    probe = shown(
        f"probe with {item} disturbed", project.run("plan", "--refresh", "--detailed-exitcode", code=2)
    )
    if host not in probe.said or item not in probe.said:
        raise RuntimeError(f"{item} of {host} was disturbed, and the probe says: {probe.said}")
    project.run("apply", "--refresh", "--yes")
    again = shown("apply without a change", project.run("apply", "--refresh", "--yes"))
    if "Nothing to do" not in again.said:
        raise RuntimeError(f"an apply after a repair found something: {again.said}")
    return max(probe, again, key=lambda ran: ran.seconds)


def _changed(project: Project, revision: int) -> Ran:
    """An apply of another revision, with something disturbed that must be right again afterwards."""
    project.write(revision)
    project.disturb()
    ran = shown("apply with a change", project.run("apply", "--refresh", "--yes"))
    project.check(revision)
    return ran


def _check_no_ansible(project: Project) -> None:
    """Raises RuntimeError where a plain apply without a change starts Ansible."""
    with watched() as seen:
        ran = project.run("apply", "--yes")
    if seen or "Nothing to do" not in ran.said:
        raise RuntimeError(f"a plain apply without a change: {ran.said} {seen}")


def _scaled(start: Ran, measured: Ran) -> Ran:
    """What the stock playbook takes for all hosts: its start, and the rest for each host."""
    times = len(HOSTS) / len(STOCK_HOSTS)
    seconds = start.seconds + (measured.seconds - start.seconds) * times
    return Ran("", seconds, start.processor + (measured.processor - start.processor) * times)
