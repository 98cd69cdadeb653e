"""What is on a machine, to compare before and after."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

COLLECT = r"""
import hashlib, json, os, pathlib, stat, subprocess

def lines(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    return sorted(line for line in done.stdout.splitlines() if line.strip())

LEFT = ("/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/var/log", "/var/cache/apt", "/var/lib/apt",
        "/var/cache/debconf", "/var/cache/ldconfig", "/var/lib/dpkg/triggers", "/var/lib/dpkg/lock",
        "/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/info/format", "/var/lib/systemd/random-seed",
        "/var/lib/dpkg/status-old", "/var/lib/systemd/timers", "/var/lib/systemd/catalog/database",
        "/var/lib/systemd/timesync", "/var/backups", "/var/lib/private", "/var/lib/ucf",
        "/etc/ld.so.cache", "/etc/.pwd.lock", "/etc/resolv.conf", "/etc/hosts", "/etc/hostname",
        "/root/.cache",
        "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-",
        "/var/lib/dpkg/status", "/var/lib/dpkg/available", "/var/lib/dpkg/diversions-old",
        "/var/lib/dpkg/statoverride-old")

def fact(path):
    found = os.lstat(path)
    head = f"{stat.S_IMODE(found.st_mode):04o} {found.st_uid}:{found.st_gid}"
    if stat.S_ISLNK(found.st_mode):
        return f"link {os.readlink(path)}"
    if stat.S_ISDIR(found.st_mode):
        return f"folder {head}"
    if stat.S_ISREG(found.st_mode):
        return f"file {head} {hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()[:16]}"
    return f"other {head}"

files = {}
for top, folders, names in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(top, f) not in LEFT and f != "__pycache__"]
    for name in folders + names:
        path = os.path.join(top, name)
        if path not in LEFT and not name.endswith(".pyc"):
            files[path] = fact(path)

print(json.dumps({
    "packages": lines("dpkg-query", "-W", "-f", "${Package} ${Version} ${db:Status-Abbrev}\n"),
    "users": lines("getent", "passwd") + lines("getent", "group"),
    "units": lines("systemctl", "list-unit-files", "--no-legend", "--no-pager"),
    "running": sorted(line.split()[0] for line in lines("systemctl", "list-units", "--plain", "--no-legend",
        "--type=service,timer,socket", "--state=active")),
    "files": [f"{path} {what}" for path, what in sorted(files.items())],
    "listeners": lines("sh", "-c", "ss -Hltun | awk '{print $1, $5}'"),
}))
"""
"""Run by the machine's own Python. Left out by name: logs, the package system's caches, what boots change.
The firewall is asked from outside: a machine that has no nft any more may still have rules."""


@dataclass(frozen=True, repr=False)
class Snapshot:
    """Sorted lines of each kind."""

    packages: frozenset[str]
    users: frozenset[str]
    units: frozenset[str]
    running: frozenset[str]
    files: frozenset[str]
    firewall: frozenset[str]
    listeners: frozenset[str]

    @classmethod
    def read(cls, told: dict[str, Any]) -> Snapshot:
        """From what the machine's Python printed."""
        return cls(**{field.name: frozenset(told[field.name]) for field in fields(cls)})

    def differences(self, later: Snapshot) -> list[str]:
        """What came (+) and went (-) since, a line each."""
        found: list[str] = []
        for field in fields(self):
            before, after = getattr(self, field.name), getattr(later, field.name)
            found += [f"- {field.name} {line}" for line in sorted(before - after)]
            found += [f"+ {field.name} {line}" for line in sorted(after - before)]
        return found
