"""Machines: each belongs to one host of one environment."""

from __future__ import annotations

from collections.abc import Iterator

from aiotctl.findings import Finding, Kind, Path
from aiotctl.model.blueprint import Blueprint, HostPlace
from aiotctl.rules.rule import Rule

TWICE = Kind(
    "machine-twice",
    "A machine that is given twice",
    "A machine belongs to one environment, and is one host in it: what is put there has one owner, who also "
    "takes it away. Machines are the same where address, port and the hosts to jump through are.",
)


def blueprint(whole: Blueprint) -> Iterator[Finding]:
    """Findings about the machines of all environments."""
    seen: dict[tuple[str, int, str], tuple[str, HostPlace]] = {}
    for environment in whole.environments.values():
        for place in environment.hosts.values():
            if place.stack:
                continue  # made for this environment alone
            # Plants behind jump hosts often use the same private addresses.
            key = (place.address.lower(), place.port, place.jump)
            name, first = seen.setdefault(key, (environment.name, place))
            if first is not place:
                yield _twice(environment.name, place, name, first)


def _twice(environment: str, place: HostPlace, other: str, first: HostPlace) -> Finding:
    where = "" if other == environment else f" in environment `{other}`"
    detail = f"`{place.address}` is `{place.name}` here and `{first.name}`{where}."
    remedy = "Give each its own machine; leave a site to one of the environments with `select`."
    related = ((_path(other, first), f"`{first.name}` is here"),)
    return TWICE.at(_path(environment, place), detail, remedy, related=related, environment=environment)


def _path(environment: str, place: HostPlace) -> Path:
    return ("environments", environment, "hosts", place.name, "address")


RULE = Rule(kinds=(TWICE,), blueprint=blueprint)
