"""What is on the machines, as far as an apply decides it: to compare after a kill with what it is without."""

from __future__ import annotations

from tests.hosts.fleet import Fleet
from tests.hosts.machine import Machine

LOOK = r"""
dpkg-query -W -f 'package ${Package} ${db:Status-Abbrev}\n'
getent passwd | grep ^aiotctl- | cut -d: -f1 | sed 's/^/user /'
systemctl list-unit-files --plain --no-legend 'aiotctl-*' | grep -v transient | sed 's/^/unit /'
systemctl list-units --plain --no-legend --all 'aiotctl-*.service' |
    awk '$1 !~ /converge|rollback|firewall/ {print "service", $1, $3, $4}'
ss -Hltn | awk '{print "listens", $4}' | sort
nft list ruleset | sed 's/^/firewall /'
find /var/lib/aiotctl -path '*/data/*' -prune -o -path '*/rollback/*' -prune -o -path '*/agent/*' -prune \
    -o -name __pycache__ -prune -o -printf 'file %p %m %u\n' | sort
find /home /root -path '*/.ansible/*' -type f -printf 'left %p\n'
ls -d /var/lib/aiotctl/*/rollback/pending.json 2>/dev/null | sed 's/^/left /'
systemctl list-units --plain --no-legend --state=active 'aiotctl-rollback.*' | awk '{print "left", $1}'
"""


def world(fleet: Fleet) -> dict[str, list[str]]:
    """The lines of each machine. Nothing that stands there twice is lost."""
    return {machine.name: _of(machine) for machine in fleet}


def _of(machine: Machine) -> list[str]:
    return [line for line in machine.run(LOOK).out.splitlines() if line.strip()]


def differences(wanted: dict[str, list[str]], found: dict[str, list[str]]) -> list[str]:
    """What is missing (-) and what is too much (+), machine by machine."""
    told: list[str] = []
    for name, lines in wanted.items():
        missing, extra = list(lines), list(found[name])
        for line in lines:
            if line in extra:
                extra.remove(line)
                missing.remove(line)
        told += [f"{name}: - {line}" for line in missing] + [f"{name}: + {line}" for line in extra]
    return told
