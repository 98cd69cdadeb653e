"""Networks in options: each is one that a firewall can be told."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from aiotctl.catalog.discovery import platform_entry
from aiotctl.findings import Finding, Kind, Path
from aiotctl.model.blueprint import Choice
from aiotctl.model.deployment import Deployment
from aiotctl.rules.rule import Rule

UNFIT = Kind(
    "network-unfit",
    "A network that is none",
    "Networks are IP addresses with the length of their prefix; from them the firewalls of the hosts follow.",
)


def whole(deployment: Deployment) -> Iterator[Finding]:
    """Findings about the options of all roles."""
    for role, choice in deployment.platform.items():
        for name in _options(choice):
            written = choice.options.get(name, [])
            for number, text in enumerate(written if isinstance(written, list) else []):
                if not _is_network(str(text)):
                    path: Path = ("platform", role, name, number)
                    detail = f"`{text}` is no network."
                    remedy = "Write an address and the length of its prefix: `10.20.0.0/24`, `2001:db8::/32`."
                    yield UNFIT.at(path, detail, remedy, environment=deployment.environment.name)


def _options(choice: Choice) -> Iterator[str]:
    properties = platform_entry(choice.role, choice.engine).options.get("properties", {})
    assert isinstance(properties, dict)
    for name, about in properties.items():
        if isinstance(about, dict) and about.get("x-networks"):
            yield name


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


RULE = Rule(kinds=(UNFIT,), whole=whole)
