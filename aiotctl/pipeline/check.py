"""Check: the physical rules, held against a deployment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aiotctl.findings import Finding
from aiotctl.model.blueprint import Blueprint
from aiotctl.model.deployment import Deployment
from aiotctl.rules.rule import Rule, rules


class Checker:
    """Holds the rules against the deployments of one blueprint, and looks at what they share only once."""

    def __init__(self) -> None:
        self.rules = rules()
        self.types: set[str] = set()
        self.sites: set[tuple[str, int]] = set()

    def check(self, deployment: Deployment) -> tuple[Finding, ...]:
        """What is wrong with a deployment and was not told of one before."""
        name = deployment.environment.name
        return tuple(
            finding if finding.environment else replace(finding, environment=name)
            for finding in (*self._types(deployment), *self._sites(deployment), *self._whole(deployment))
        )

    def _types(self, deployment: Deployment) -> Iterator[Finding]:
        for name, kind in deployment.device_types.items():
            if name in self.types:
                continue
            self.types.add(name)
            for rule in self.rules:
                if rule.of_type is not None:
                    yield from rule.of_type(kind)

    def _sites(self, deployment: Deployment) -> Iterator[Finding]:
        of_site = [rule.of_site for rule in self.rules if rule.of_site is not None]
        fresh = [site for site in deployment.sites.values() if (site.name, id(site)) not in self.sites]
        for site in fresh:
            for rule in of_site:
                yield from rule(site, deployment.device_types)
        self.sites.update((site.name, id(site)) for site in fresh)

    def _whole(self, deployment: Deployment) -> Iterator[Finding]:
        for rule in self.rules:
            if rule.whole is not None:
                yield from rule.whole(deployment)


def check(deployment: Deployment) -> tuple[Finding, ...]:
    """What is wrong with a deployment, by the path in the blueprint."""
    return Checker().check(deployment)


def check_all(blueprint: Blueprint) -> tuple[Finding, ...]:
    """What is wrong between the environments of a blueprint."""
    return tuple(
        finding for rule in rules() if rule.blueprint is not None for finding in rule.blueprint(blueprint)
    )


__all__ = ["Checker", "Rule", "check", "check_all"]
