"""What an operator types, as the tests of operations do it: on hosts, in the state, with another version."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import aiotctl
from aiotctl.shipped import shipped
from aiotctl.toolbox.locate import locate
from tests.hosts.machine import Machine

_PSQL = """set -eu
cd /var/lib/aiotctl/????????/postgres
export PGHOST=127.0.0.1 PGUSER=admin PGSSLMODE=require PGPASSWORD="$(cat password)"
"""
WRITERS = "aiotctl-telegraf aiotctl-maintenance aiotctl-lake-export"
DUMP = f"{_PSQL} pg_dump --format=custom --dbname=aiot --file=/root/aiot.dump"
RESTORE = f"""{_PSQL} systemctl stop {WRITERS}
pg_restore --clean --create --if-exists --exit-on-error --dbname=postgres /root/aiot.dump
systemctl start {WRITERS}
"""
"""As docs/guides/operations.md says it."""

_RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


def asked(hub: Machine, query: str) -> list[str]:
    """Rows of the time-series database, columns with ``|`` between them."""
    line = f"{_PSQL} psql --no-psqlrc --tuples-only --no-align --dbname=aiot"
    return hub.run(line, query.encode()).ok().out.splitlines()


def counted(hub: Machine, point: str) -> dict[int, int]:
    """How often each count of a point is stored."""
    query = f"""SELECT coalesce(i::float8, f)::bigint, count(*) FROM aiot.value
        JOIN aiot.series ON series.id = value.series
        WHERE series.address = '{point}' AND coalesce(i::float8, f) IS NOT NULL GROUP BY 1 ORDER BY 1"""
    rows = (row.split("|") for row in asked(hub, query))
    return {int(count): int(times) for count, times in rows}


def played(folder: Path, *words: str) -> dict[str, int]:
    """Runs plain ansible-playbook on a built folder; what it changed, by host."""
    program = Path(sys.executable).with_name("ansible-playbook")
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [str(program), "--inventory", "inventory.json", "site.yml", *words],
        cwd=folder,
        env={**kept, "PATH": f"{program.parent}:{os.defpath}", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return {host: int(changed) for host, changed, _, _ in _RECAP.findall(done.stdout)}


def later_version(folder: Path) -> Mapping[str, str]:
    """An aiotctl of a later version, which pins a later Telegraf, and that Telegraf: the present ones with
    other numbers. What a command's environment must hold to be of it.
    """
    source = Path(aiotctl.__file__).parent
    tree = folder / "later"
    shutil.copytree(source, tree / "aiotctl", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("playbooks", "schemas", "blueprints", "stacks"):
        shutil.copytree(shipped(name), tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    telegraf = locate("telegraf")
    assert telegraf is not None
    now, later = telegraf.version, _next(telegraf.version)
    _replace(tree / "aiotctl/toolbox/pins.toml", f'"{now}"', f'"{later}"')
    _replace(tree / "aiotctl/__init__.py", f'"{aiotctl.__version__}"', '"99.0.0"')
    programs = folder / "programs"
    programs.mkdir()
    content = telegraf.path.read_bytes()
    assert content.count(now.encode()) > 0
    program = programs / "telegraf"
    program.write_bytes(content.replace(now.encode(), later.encode()))
    program.chmod(0o755)
    return {"PYTHONPATH": str(tree), "PATH": f"{programs}:{os.environ['PATH']}", "LATER": later}


def _next(version: str) -> str:
    """The same number of characters, one patch later."""
    head, _, last = version.rpartition(".")
    found = f"{head}.{int(last) + 1}"
    assert len(found) == len(version)
    return found


def _replace(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text, (file, before)
    file.write_text(text.replace(before, after), encoding="utf-8")
