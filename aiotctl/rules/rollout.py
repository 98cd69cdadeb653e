"""Rollouts that can never end well: refused before anything is planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aiotctl.findings import Finding, Kind, Path, listed
from aiotctl.model.blueprint import Wave
from aiotctl.model.deployment import Deployment
from aiotctl.rules.rule import Rule

LARGER = Kind(
    "wave-larger-than-fleet",
    "A wave of more gateways than there are",
    "Whoever writes so many believes that the fleet is larger, and that the waves after this one still hold "
    "something back.",
)
NO_GROWTH = Kind(
    "wave-without-growth",
    "A wave that reaches no more than the one before",
    "Waves are cumulative: each says how many gateways have the change after it. A wave that is not larger "
    "than the one before changes nothing and only takes time.",
)
INCOMPLETE = Kind(
    "rollout-incomplete",
    "A rollout that leaves gateways out",
    "The last wave must reach the whole fleet. Otherwise an apply would say that it is done while some "
    "gateways never get the change; what is to be held back is held back with `--exclude` or `--site`.",
)
UNLABELLED = Kind(
    "wave-without-hosts",
    "A wave of labels that no gateway has",
    "The canaries that it names do not exist, so the change would reach the others without having been "
    "tried.",
)

Labels = Mapping[str, str]


def whole(deployment: Deployment) -> Iterator[Finding]:
    """Findings about the rollout of an environment with hosts."""
    environment = deployment.environment
    if environment.local:
        return
    path = ("environments", environment.name, "rollout", "waves")
    fleet = _fleet(deployment)
    waves = environment.rollout.waves
    covered: set[str] = set()
    for number, wave in enumerate(waves):
        among = {name for name, labels in fleet.items() if wave.labels.items() <= labels.items()}
        yield from _alone(wave, len(among), fleet, (*path, number))
        if number:
            yield from _after(waves[:number], wave, len(among), (*path, number))
        if wave.reaches(len(among)) == len(among):
            covered |= among
    left = sorted(fleet.keys() - covered)
    if left:
        detail = f"No wave brings the change to {len(left)} of {_gateways(len(fleet))}: {listed(left, 4)}."
        yield INCOMPLETE.at(path, detail, "End with `100 %`.", on_key=True)


def _fleet(deployment: Deployment) -> dict[str, Labels]:
    """The labels of each gateway: its own and those of its machine."""
    hosts = deployment.environment.hosts
    found: dict[str, Labels] = {}
    for site in deployment.sites.values():
        for gateway in site.gateways:
            name = f"{site.name}/{gateway.name}"
            own: Labels = hosts[name].labels if name in hosts else {}
            found[name] = {**dict(gateway.labels), **own}
    return found


def _alone(wave: Wave, among: int, fleet: Mapping[str, Labels], path: Path) -> Iterator[Finding]:
    """What is wrong with a wave whatever the others are."""
    if wave.labels and not among:
        wanted = listed(f"{name}: {value}" for name, value in wave.labels.items())
        known = sorted({f"{name}: {value}" for labels in fleet.values() for name, value in labels.items()})
        detail = f"No gateway of this environment has {wanted}."
        yield UNLABELLED.at(path, detail, f"Labels of its gateways are {listed(known)}.")
    elif wave.hosts > among:
        having = " with these labels" if wave.labels else ""
        detail = f"A wave of {wave.hosts}, and the environment has {_gateways(among)}{having}."
        yield LARGER.at(path, detail, f"Write at most {among}, or a share: `10 %`.")
    elif not wave.hosts and not wave.percent:
        yield NO_GROWTH.at(path, "A wave of no gateways.", "Write at least 1, or a share: `10 %`.")


def _after(before: Sequence[Wave], wave: Wave, among: int, path: Path) -> Iterator[Finding]:
    """Whether a wave is larger than the last one of the same gateways. A number and a share may come to the
    same, as ``1`` and ``10 %`` do where there are few.
    """
    alike = [one for one in before if one.labels == wave.labels]
    if not alike or not among:
        return
    last = alike[-1]
    if bool(last.hosts) == bool(wave.hosts):
        grows = (wave.hosts, wave.percent) > (last.hosts, last.percent)
    else:
        grows = wave.reaches(among) >= last.reaches(among)
    if not grows and (wave.hosts or wave.percent):
        detail = f"It reaches {_gateways(wave.reaches(among))}, and a wave before it {last.reaches(among)}."
        yield NO_GROWTH.at(path, detail, "Put the waves in order, the whole fleet last: `[1, 10 %, 100 %]`.")


def _gateways(count: int) -> str:
    return f"{count} gateway" if count == 1 else f"{count} gateways"


RULE = Rule(kinds=(LARGER, NO_GROWTH, INCOMPLETE, UNLABELLED), whole=whole)
