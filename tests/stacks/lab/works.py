"""A stack in the lab, made by the real engine from the folder that aiotctl emits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiotctl.backends.stack_folder import project_name, stack_folder, stack_name
from aiotctl.shipped import shipped
from aiotctl.toolbox.locate import locate
from stacks.contract.arguments import Arguments, Bucket, Database, Machine, Network
from stacks.lab.machines import network
from stacks.lab.machines.container import Container, found
from stacks.lab.machines.image import image
from stacks.lab.provider import labels

ROOT = Path(__file__).parents[3]
CIDR = "10.87.41.0/24"
HUB = "stack/hub"
OUTSIDE = "aiotctl-outside"


@dataclass(frozen=True, slots=True)
class Done:
    """What an operation did: what was done to each resource by its name, and the stack's outputs."""

    changes: Mapping[str, str]
    outputs: Mapping[str, Any]
    error: str

    def changed(self) -> dict[str, str]:
        """Without what stayed as it is, and without the stack itself."""
        quiet = ("same", "refresh")
        mine = {
            name: op for name, op in self.changes.items() if name.rpartition("-")[2] not in ("hub", "field")
        }
        return {name: op for name, op in mine.items() if op not in quiet}


@dataclass
class Works:
    """Folders, keys and state of one test run, and the arguments of its hub's stack as they are to be."""

    folder: Path
    blueprint: str
    arguments: Arguments
    passwords: dict[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    """The outputs of the hub's stack as they were last."""

    def __post_init__(self) -> None:
        (self.folder / "state").mkdir(parents=True)
        engine = locate("pulumi")
        assert engine
        (self.folder / "engine" / "bin").mkdir(parents=True)
        (self.folder / "engine" / "bin" / "pulumi").symlink_to(engine.path)

    def up(self, unit: str = HUB, arguments: Arguments | None = None, **imports: str) -> Done:
        """Makes it as the arguments say."""
        done = self.run("up", unit, arguments, imports)
        assert not done.error, done.error
        if unit == HUB:
            self.given = done.outputs
        return done

    def run(
        self,
        what: str,
        unit: str = HUB,
        arguments: Arguments | None = None,
        imports: Mapping[str, str] | None = None,
    ) -> Done:
        """One operation of the engine."""
        words, request = self._request(what, unit, arguments or self.arguments, imports or {})
        ran = subprocess.run(words, input=request, capture_output=True, text=True, timeout=480, cwd=ROOT)
        assert ran.returncode == 0, ran.stderr
        return Done(**json.loads(ran.stdout))

    def begin_up(self) -> subprocess.Popen[str]:
        """Begins to make it, and does not wait for that."""
        words, request = self._request("up", HUB, self.arguments, {})
        out = subprocess.DEVNULL
        running = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=out, stderr=out, text=True, cwd=ROOT)
        assert running.stdin
        running.stdin.write(request)
        running.stdin.close()
        return running

    def process(self, word: str) -> int:
        """The process of this run with this word among its arguments."""
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with suppress(OSError):
                    words = (folder / "cmdline").read_text().split("\0")
                    if word in words and str(self.folder) in (folder / "environ").read_text():
                        return int(folder.name)
        raise AssertionError(f"no process with {word}")

    def _request(
        self, what: str, unit: str, arguments: Arguments, imports: Mapping[str, str]
    ) -> tuple[list[str], str]:
        folder = self.folder / unit.replace("/", "-")
        for file in stack_folder(unit, arguments, shipped("stacks")):
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            path.chmod(file.mode)
        secrets = {f"host_key/{one.name}": self.private(one.name) for one in arguments.machines}
        request = {
            "folder": str(folder),
            "stack": stack_name(arguments.environment, unit),
            "project": project_name(arguments.blueprint),
            "engine": str(self.folder / "engine"),
            "environment": self._environment(),
            "secrets": {f"aiotctl:{name}": value for name, value in (secrets | self.passwords).items()},
            "what": what,
            "imports": dict(imports),
            "forget": what.partition(" ")[2] if what.startswith("forget ") else "",
        }
        return [sys.executable, "-m", "tests.stacks.lab.drive"], json.dumps(request)

    def _environment(self) -> dict[str, str]:
        return {
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "of tests alone",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        }

    def private(self, name: str) -> str:
        """A private key by its name; made when it is first asked for."""
        key = self.folder / f"{name}.key"
        if not key.exists():
            words = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(key))
            subprocess.run(words, check=True, timeout=30)
        return key.read_text()

    def public(self, name: str) -> str:
        """Its public half."""
        self.private(name)
        return (self.folder / f"{name}.key.pub").read_text().strip()

    def machine(self, name: str, memory_gib: int = 2, disk_gib: int = 20) -> Machine:
        """A machine with keys of this run."""
        key, login = self.public(name), self.public("login")
        return Machine(name, ("broker",), 1, memory_gib, disk_gib, key, "ops", login)

    def ssh(self, name: str, address: str, command: str) -> subprocess.CompletedProcess[str]:
        """A command on a machine, whose key must be the one that was given."""
        known = self.folder / "known_hosts"
        known.write_text(f"{address} {' '.join(self.public(name).split()[:2])}\n")
        options = ("StrictHostKeyChecking=yes", "BatchMode=yes", "GlobalKnownHostsFile=/dev/null")
        told = [word for option in (*options, f"UserKnownHostsFile={known}") for word in ("-o", option)]
        words = [
            "ssh",
            "-F",
            "/dev/null",
            *told,
            "-i",
            str(self.folder / "login.key"),
            f"ops@{address}",
            command,
        ]
        return subprocess.run(words, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)

    def container(self, kind: str, name: str) -> Container:
        """The container that one of its things is."""
        return Container(f"{labels.PREFIX}{self.blueprint}.pilot.{kind}.{name}", "")

    def containers(self) -> set[str]:
        """All that are there of this run, by kind and name."""
        place = f"{labels.NETWORK}={self.blueprint}.pilot"
        prefix = f"{labels.PREFIX}{self.blueprint}.pilot."
        return {one.name.removeprefix(prefix) for one in found(place)}


def make_works(folder: Path, blueprint: str) -> Works:
    """A hub with two machines, a database and a bucket; nothing of it is made yet."""
    empty = Arguments("lab", "local", blueprint, "pilot", "ops@example.com", False, Network(CIDR))
    works = Works(folder, blueprint, empty)
    works.passwords |= {"database/admin": "it's \\ secret", "bucket/secret": "of the lake"}
    works.arguments = replace(
        empty,
        machines=(works.machine("hub-1"), works.machine("hub-2")),
        database=Database("timeseries", "15", 1, 2, 20, "aiotctl", "timeseries", 7),
        bucket=Bucket("lake", 400),
    )
    return works


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it is so."""
    deadline = time.monotonic() + 240
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


@contextmanager
def other_network() -> Generator[Container]:
    """A machine in a network that is none of the lab's."""
    network.remove(OUTSIDE)
    network.make(OUTSIDE, "10.87.42.0/24", {})
    box = Container(OUTSIDE, "10.87.42.10")
    try:
        box.remove()
        box.create(image(), OUTSIDE, "outside", {})
        box.start(0)
        yield box
    finally:
        box.remove()
        network.remove(OUTSIDE)
