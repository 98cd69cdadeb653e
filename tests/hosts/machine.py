"""One machine: what is run on it, and what may befall it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiotctl.model.blueprint import HostPlace
from stacks.lab.machines.archive import File
from stacks.lab.machines.container import Container
from stacks.lab.machines.space import exec_in, podman
from tests.hosts.snapshot import COLLECT, Snapshot


@dataclass(frozen=True)
class Ran:
    """What a command on a machine left behind."""

    code: int
    out: str
    err: str

    def ok(self) -> Ran:
        """Itself, where it succeeded."""
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        return self


@dataclass(frozen=True)
class Machine:
    """A Debian host of a fleet. What is asked here goes past its network, so it also answers when that is
    cut.
    """

    fleet: str
    name: str
    address: str
    key: Path

    @property
    def container(self) -> str:
        """Its name among podman's containers."""
        return f"aiotctl-{self.fleet}-{self.name}"

    @property
    def _box(self) -> Container:
        return Container(self.container, self.address)

    def place(self, name: str = "", *serves: str, user: str = "ops", become_secret: str = "") -> HostPlace:
        """The machine as an environment names it: a hub's host, or `plant-a/gw-1` a gateway."""
        key = str(self.key)
        where = name or self.name
        return HostPlace(where, self.address, serves, user=user, key=key, become_secret=become_secret)

    def run(self, command: str, stdin: bytes = b"", timeout: float = 120) -> Ran:
        """A line of sh as root."""
        words = exec_in(self.container, command)
        done = subprocess.run(words, input=stdin, capture_output=True, timeout=timeout)
        return Ran(
            done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        )

    def put(self, files: Mapping[str, File]) -> None:
        """Files at their paths, owners as they say; it may be off."""
        self._box.put(files)

    def kill(self) -> None:
        """The power goes, without a word to anything that runs."""
        self._box.kill()

    def start(self) -> None:
        """The power comes back; returns when the services are up and sshd answers."""
        self._box.start()

    def answers(self, port: int = 22) -> bool:
        """Whether something on it takes a connection."""
        return self._box.answers(port)

    def disconnect(self) -> None:
        """The cable is pulled: packets vanish, nobody is told."""
        _ip("link", "set", self._cable(), "nomaster")

    def connect(self) -> None:
        """The cable is plugged in again."""
        _ip("link", "set", self._cable(), "master", self._bridge())

    def snapshot(self) -> Snapshot:
        """All that is installed, set up and running now."""
        told = json.loads(self.run("python3 -", COLLECT.encode()).ok().out)
        return Snapshot.read({**told, "firewall": self._rules()})

    def _rules(self) -> list[str]:
        """What its kernel's firewall holds, whatever programs are installed there."""
        pid = podman("inspect", "--format", "{{.State.Pid}}", self.container).decode().strip()
        words = ["nsenter", "--target", pid, "--net", "nft", "list", "ruleset"]
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=30)
        return sorted(filter(str.strip, done.stdout.splitlines()))

    def _cable(self) -> str:
        """The end of its network link on this side."""
        wanted = int(self.run("cat /sys/class/net/eth0/iflink").ok().out)
        for link in json.loads(_ip("-json", "link")):
            if link["ifindex"] == wanted:
                return str(link["ifname"])
        raise RuntimeError(f"{self.name} has no network link")

    def _bridge(self) -> str:
        told = json.loads(podman("network", "inspect", f"aiotctl-{self.fleet}"))[0]
        return str(told["network_interface"])


def _ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=True, timeout=30)
    return done.stdout
