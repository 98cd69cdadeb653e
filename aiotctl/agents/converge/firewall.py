"""The host's nftables table: `inet aiotctl` and no other. Other tables are left alone.

The table is loaded in one step, at boot by a unit of its own before the network is up. What the kernel
lists right after loading is kept in ``run/firewall.table`` without handles and counters; whatever the
kernel lists differently later was changed by somebody else.
"""

from __future__ import annotations

import difflib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .errors import ConvergeError, ManifestError
from .files import write_whole
from .manifest import ManagedFile, Manifest
from .systemctl import systemctl, told

TABLE = "inet aiotctl"
FILE = "firewall.nft"
LISTING = "run/firewall.table"
UNIT = "aiotctl-firewall.service"
_UNIT_PATH = f"/etc/systemd/system/{UNIT}"
_MOST_FACTS = 6  # differences that are named one by one


def firewall_files(manifest: Manifest) -> tuple[ManagedFile, ...]:
    """The table as a file that nft loads, replacing the one before, and the unit that loads it at boot."""
    if not manifest.firewall:
        return ()
    text = f"table {TABLE}\ndelete table {TABLE}\n{manifest.firewall.rstrip()}\n"
    return (
        ManagedFile(FILE, text, 0o600, None, secret=False),
        ManagedFile(_UNIT_PATH, _unit(manifest.root / FILE), 0o644, None, secret=False),
    )


def check_text(text: str) -> None:
    """Refuses, by ManifestError, a text that is more than the one table."""
    body = text.strip()
    if not body.startswith(f"table {TABLE} {{"):
        raise ManifestError(f"manifest.firewall.content: expected 'table {TABLE} {{ ... }}'")
    depth = 0
    for place, mark in _braces(body):
        depth += 1 if mark == "{" else -1
        if depth == 0 and body[place + 1 :].strip():
            raise ManifestError("manifest.firewall.content: expected one table and nothing after it")
    if depth != 0:
        raise ManifestError("manifest.firewall.content: braces are not balanced")


def check_loads(manifest: Manifest) -> None:
    """Refuses a table that the kernel would not take; changes nothing."""
    if manifest.firewall:
        with tempfile.NamedTemporaryFile("w", suffix=".nft") as file:
            file.write(firewall_files(manifest)[0].content)
            file.flush()
            done = _nft("-c", "-f", file.name)
        if done.returncode:
            raise ConvergeError("the firewall's table is not valid", done.stderr.strip()[-800:])


def firewall_faults(manifest: Manifest) -> Iterator[str]:
    """How the table in the kernel differs from the one that was loaded."""
    if not manifest.firewall:
        return
    now = listing()
    try:
        loaded = (manifest.root / LISTING).read_text(encoding="utf-8")
    except OSError:
        loaded = None
    if now is None:
        yield "the table is gone"
    elif loaded is None:
        yield "what was loaded is not known"
    elif now != loaded:
        yield from _named(loaded, now)


def load(root: Path) -> None:
    """Replaces the table in one step by what its file says."""
    done = _nft("-f", str(root / FILE))
    if done.returncode:
        raise ConvergeError("the firewall's table cannot be loaded", done.stderr.strip()[-800:])
    write_whole(root / LISTING, (listing() or "").encode(), 0o600, None)
    told("daemon-reload")
    told("enable", "--quiet", units=[UNIT])


def remove() -> None:
    """Takes the table out of the kernel and its unit out of the boot; what is not there is fine."""
    systemctl("disable", "--quiet", "--", UNIT)
    systemctl("stop", "--", UNIT)
    if listing() is not None:
        _nft("delete", "table", *TABLE.split())


def listing() -> str | None:
    """The table as the kernel has it, without handles and counters; None where there is none."""
    if shutil.which("nft", path=_PATH) is None:
        return None
    done = _nft("-s", "-n", "list", "table", *TABLE.split())
    return done.stdout if done.returncode == 0 else None


_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def _nft(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("nft", path=_PATH)
    if program is None:
        raise ConvergeError("nft is not on this host", hint="install the package nftables, then apply again")
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=60, check=False)


def _braces(text: str) -> Iterator[tuple[int, str]]:
    """Braces with their places, those in strings and comments left out."""
    inside = ""
    for place, mark in enumerate(text):
        if inside:
            inside = "" if mark == inside else inside
        elif mark in '"#':
            inside = '"' if mark == '"' else "\n"
        elif mark in "{}":
            yield place, mark


def _named(loaded: str, now: str) -> list[str]:
    lines = difflib.ndiff(loaded.splitlines(), now.splitlines())
    words = {"+ ": "added", "- ": "missing"}
    facts = [f"{words[line[:2]]}: {line[2:].strip()}" for line in lines if line[:2] in words]
    more = len(facts) - _MOST_FACTS
    return [*facts[:_MOST_FACTS], *([f"and {more} more"] if more > 0 else [])]


def _unit(file: Path) -> str:
    return f"""\
[Unit]
Description=Firewall table {TABLE}
DefaultDependencies=no
RequiresMountsFor={file.parent}
After=nftables.service
Before=network-pre.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f {file}

[Install]
WantedBy=sysinit.target
"""
