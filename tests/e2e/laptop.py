"""A project with its laptop environment, used by the command line, with a home of its own."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from aiotctl.agents.converge.belonging import processes_of
from aiotctl.agents.converge.procfs import Process, arguments, is_alive, link, scan
from aiotctl.agents.converge.stopping import stop_processes
from aiotctl.backends.surroundings import environment_base
from aiotctl.model import names
from aiotctl.model.record import Record
from aiotctl.model.verification import VerifyReport
from aiotctl.pipeline.load import load
from aiotctl.session.environment import Environment, open_environment
from aiotctl.session.looking import verify

ENVIRONMENT = "laptop"
FLOWING_S = 90.0
"""So long the slowest series of a template (windows of 30 s) may take to its first value."""


@dataclass(frozen=True)
class Ran:
    """What a command left behind. ``processor``: the seconds of processor that it and its children took,
    which others on the machine hardly change.
    """

    code: int
    out: str
    err: str
    seconds: float
    processor: float

    def ok(self) -> Ran:
        """Itself, where it succeeded."""
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        return self


@dataclass
class Laptop:
    """``folder`` is the project, ``home`` the user's; ``command`` starts aiotctl; ``name`` is the
    environment's, ``settings`` further variables of commands.
    """

    folder: Path
    home: Path
    command: tuple[str, ...] = (sys.executable, "-m", "aiotctl")
    name: str = ENVIRONMENT
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def temporary(self) -> Path:
        """Where its commands put what they need for a moment."""
        return self.home.with_name("tmp")

    @property
    def environ(self) -> dict[str, str]:
        """What commands are started with. Programs come from the caller's cache, all else is their own."""
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("AIOTCTL_", "XDG_"))
        }
        kept |= {"HOME": str(self.home), "XDG_CACHE_HOME": cache, "NO_COLOR": "1"}
        kept["TMPDIR"] = str(self.temporary)
        return {**kept, **self.settings}

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Starts a command in the project's folder, in a process group of its own."""
        defaults: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        defaults |= {"env": self.environ, "cwd": self.folder}
        return subprocess.Popen(
            [*self.command, *words],
            stdin=subprocess.DEVNULL,
            text=True,
            process_group=0,
            **{**defaults, **options},
        )

    def run(self, *words: str, timeout: float = 240, **options: Any) -> Ran:
        """Runs a command to its end."""
        began, used = time.monotonic(), _processor()
        process = self.start(*words, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        took = time.monotonic() - began
        return Ran(process.returncode, out or "", err or "", took, _processor() - used)

    def apply(self) -> Ran:
        return self.run("apply", "--env", self.name, "--yes")

    def changes(self) -> dict[str, Mapping[str, Any]]:
        """What an apply would do now that it looked at the world, by the unit's address."""
        told = self.run("plan", "--env", self.name, "--refresh", "--json").ok()
        messages = [json.loads(line) for line in told.out.splitlines()]
        return {m["address"]: m for m in messages if m["type"] == "planned_change"}

    def destroy(self) -> Ran:
        return self.run("destroy", "--env", self.name, "--purge-data", "--yes")

    def edit(self, before: str, after: str) -> None:
        """Replaces a text that is in the blueprint exactly once."""
        path = self.folder / "blueprint.yaml"
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, before
        path.write_text(text.replace(before, after), encoding="utf-8")

    @property
    def state(self) -> Path:
        """The folder of record, vault, journal and lock."""
        return self.folder / ".aiotctl" / self.name

    @property
    def environment(self) -> Environment:
        """The environment, opened in this process."""
        blueprint = str(load(self.folder / "blueprint.yaml").document.data["name"])
        return open_environment(self.folder, blueprint, self.name, None, lambda _: None)

    @property
    def record(self) -> Record:
        found = self.environment.record()
        assert found is not None
        return found

    @property
    def base(self) -> Path:
        """The folder of all hosts. Not root's home decides for root, so it is asked for by the lineage."""
        base = environment_base(self.record.lineage)
        return base if os.geteuid() == 0 else self.home / ".local/share/aiotctl" / base.name

    def root(self, host: str) -> Path:
        """The folder of one host (``host/hub``)."""
        return self.base / ".".join(host.split("/")[1:])

    def roots(self) -> list[Path]:
        return sorted(path for path in self.base.iterdir() if path.is_dir()) if self.base.is_dir() else []

    def services(self) -> dict[str, Process]:
        """The main process of every supervised service, by ``ROOT/NAME``."""
        table = scan()
        return {
            f"{root.name}/{name}": process
            for root in self.roots()
            for name, process in processes_of(root, table, frozenset()).mains.items()
        }

    def expected_services(self) -> set[str]:
        """The services that the hosts' own lists of what was applied name."""
        return {f"{root.name}/{path.stem}" for root in self.roots() for path in (root / "run").glob("*.json")}

    def strays(self) -> list[str]:
        """Processes that belong to a host but to none of its services, and services that run twice."""
        table = scan()
        found: list[str] = []
        for root in self.roots():
            seen = processes_of(root, table, frozenset())
            found += [f"{process.pid} {arguments(process.pid)}" for process in seen.strays]
            daemons = [p for p in table.values() if p.root == str(root) and not p.service and _is_daemon(p)]
            if len(daemons) > 1:
                found.append(f"{len(daemons)} supervisord in {root}")
        return found

    def processes(self) -> list[Process]:
        """Everything that runs in or for these hosts, however it got there."""
        return processes_below(self.base)

    def orphans(self) -> list[str]:
        """Plays of this project's commands, and what they run, that are still there."""
        found = [" ".join(arguments(pid)) for pid in scan()]
        return [words for words in found if f"{self.temporary}/aiotctl-ansible-" in words]

    def ports(self) -> list[int]:
        return [int(value) for key, value in self.record.outputs.items() if key.endswith(".port")]

    def verify(self) -> VerifyReport:
        return verify(self.environment)

    def wait_flowing(self, seconds: float = FLOWING_S, prefix: str = "") -> float:
        """Waits until every series flows and gives how long that took."""
        began = time.monotonic()
        while True:
            report = verify(self.environment, prefix)
            wrong = [f"{v.address}: {v.flow} {v.stop or ''}" for v in report.verdicts if not v.ok]
            waited = time.monotonic() - began
            if not wrong and not report.strays:
                return waited
            assert waited < seconds, (
                f"after {waited:.0f} s: {report.database} {wrong[:6]} strays {report.strays}"
            )
            time.sleep(0.5)

    @contextmanager
    def database(self, role: str = "reader") -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A connection to the time-series database."""
        environment, secret = self.environment, names.database_secret(role)
        with psycopg.connect(
            host="127.0.0.1",
            port=int(self.record.outputs[f"{names.DATABASE}#sql.port"]),
            user=role,
            password=environment.vault.values([secret])[secret],
            dbname="aiot",
            autocommit=True,
            connect_timeout=5,
        ) as connection:
            yield connection

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self.database() as connection:
            return connection.execute(query, parameters).fetchall()  # pyright: ignore[reportArgumentType]


def _processor() -> float:
    """Seconds of processor of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _is_daemon(process: Process) -> bool:
    return "supervisor.supervisord" in arguments(process.pid)


def processes_below(base: Path) -> list[Process]:
    """Every process that carries the mark of a host below ``base``, works in it or was started for it."""
    found: list[Process] = []
    for process in scan().values():
        marked = (process.root or "").startswith(str(base))
        inside = (link(process.pid, "cwd") + "/").startswith(f"{base}/")
        named = any(str(base) in word for word in arguments(process.pid)) and process.pid != os.getpid()
        if marked or inside or named:
            found.append(process)
    return found


def kill_all(laptop: Laptop) -> int:
    """Ends every process of the hosts at once, as a power cut does; gives how many there were."""
    killed = 0
    while left := laptop.processes():
        # The supervisors first: they would start again what is ended next.
        stop_processes([process for process in left if _is_daemon(process)], "KILL")
        stop_processes([process for process in left if is_alive(process)], "KILL")
        killed += len(left)
    return killed


def refuses(port: int) -> bool:
    """Whether nothing listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def until(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Waits for a condition and gives how long it took."""
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < seconds, f"{what}: not within {seconds:g} s"
        time.sleep(0.1)
    return time.monotonic() - began


class Watch:
    """Notes whether a process with a word in its command was seen while it watched."""

    def __init__(self, word: str) -> None:
        self._word = word

    def run(self, process: subprocess.Popen[str]) -> set[int]:
        """Watches until a command ends; the pids below it that had the word."""
        seen: set[int] = set()
        while process.poll() is None:
            seen |= {pid for pid in _below(process.pid) if any(self._word in w for w in arguments(pid))}
            time.sleep(0.01)
        return seen


def _below(ancestor: int) -> set[int]:
    table = scan()
    found = {ancestor}
    size = 0
    while len(found) != size:
        size = len(found)
        found |= {pid for pid, process in table.items() if process.parent in found}
    return found
