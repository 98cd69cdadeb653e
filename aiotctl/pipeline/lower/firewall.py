"""A host's nftables table: what the compiled system needs comes in, and nothing else.

Outgoing traffic is left as it is: which name, time and package servers a host asks is the plant's own, and a
host that cannot ask them any more does not say why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from aiotctl.model.primitives import Flow, Text

TABLE = "inet aiotctl"


def firewall(flows: Iterable[Flow]) -> Text:
    """The table of a host at which these flows arrive."""
    rules = "".join(f"        {rule}\n" for rule in (*_ALWAYS, *_rules(flows)))
    head = "        type filter hook input priority filter; policy drop;\n"
    return (f"table {TABLE} {{\n    chain input {{\n{head}{rules}    }}\n}}\n",)


_ALWAYS = (
    "ct state established,related accept",
    "ct state invalid drop",
    'iif "lo" accept',
    "meta l4proto { 1, 58 } accept",  # ICMP and ICMPv6; a small system lacks the names
    "udp dport { 68, 546 } accept",  # leases of DHCP
)


def _rules(flows: Iterable[Flow]) -> Iterator[str]:
    """One rule for each port and family, with the addresses that may dial it."""
    sources: dict[int, list[str] | None] = {}
    for flow in flows:
        known = sources.setdefault(flow.port, [])
        if known is not None:
            # what comes from one unknown place may come from anywhere
            sources[flow.port] = [*known, *flow.networks] if flow.networks else None
    for port, networks in sorted(sources.items()):
        if networks is None:
            yield f"tcp dport {port} accept"
            continue
        known = [ip_network(one) for one in networks]
        # nft takes no set whose networks overlap
        old = collapse_addresses(one for one in known if isinstance(one, IPv4Network))
        new = collapse_addresses(one for one in known if isinstance(one, IPv6Network))
        yield from _from(port, "ip", [str(one).removesuffix("/32") for one in old])
        yield from _from(port, "ip6", [str(one).removesuffix("/128") for one in new])


def _from(port: int, family: str, networks: list[str]) -> Iterator[str]:
    if networks:
        yield f"tcp dport {port} {family} saddr {{ {', '.join(networks)} }} accept"
