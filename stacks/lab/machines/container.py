"""One container with systemd, as a machine: made, filled, started, stopped, removed."""

from __future__ import annotations

import json
import signal
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stacks.lab.machines import child
from stacks.lab.machines.archive import File, archive, extract
from stacks.lab.machines.failure import LabError
from stacks.lab.machines.space import EXITS, LIMITS, exec_in, podman

_NO_CLOCK = Path(__file__).parent / "no-clock.json"
"""Nobody in a container may set the clock: it is that of everything else here, too."""

_START_S = 60.0
_UP = ("running", "degraded")
RUNNING = "running"

_NO_FILE = "could not be found on container"
"""Podman's words. Any other failure must not be taken for a file that is not there."""


@dataclass(frozen=True, slots=True)
class Container:
    """A container by its name, with the address it has or will have."""

    name: str
    address: str

    def create(self, image: str, network: str, hostname: str, labels: Mapping[str, str]) -> None:
        """Makes it; it does not run yet."""
        marks = (word for key, value in labels.items() for word in ("--label", f"{key}={value}"))
        podman(
            *("create", "--name", self.name, "--hostname", hostname),
            *("--systemd=always", "--privileged", "--no-hosts", *LIMITS),
            *("--security-opt", f"seccomp={_NO_CLOCK}"),
            *("--network", network, "--ip", self.address, "--mac-address", _mac(self.address)),
            *marks,
            image,
        )
        self.put(_identity(self.name, hostname))

    def put(self, files: Mapping[str, File]) -> None:
        """Files at their paths, owners as they say; it may be off."""
        self.unpack(archive(files))

    def unpack(self, archived: bytes) -> None:
        """A tar archive at its root."""
        podman("cp", "--archive=false", "-", f"{self.name}:/", stdin=archived)

    def copy(self, file: Path, path: str) -> None:
        """A file with its mode; it may be off."""
        podman("cp", str(file), f"{self.name}:{path}")

    def read(self, path: str) -> bytes | None:
        """A file's content, None where it is not there; it may be off."""
        try:
            return extract(podman("cp", f"{self.name}:/{path}", "-"))
        except LabError as error:
            if _NO_FILE in error.what:
                return None
            raise

    def run(self, command: str, *arguments: str, stdin: bytes = b"", timeout: float = 120) -> str:
        """What a line of sh, run as root, prints. Raises LabError."""
        words = exec_in(self.name, command, *arguments)
        done = child.run(words, stdin, timeout=timeout, name=f"a command in {self.name}")
        return done.stdout.decode(errors="replace")

    def start(self, port: int = 22) -> None:
        """Power on; returns when the services are up and something answers on the port (0: on none)."""
        podman("start", self.name)
        # Asked again and again: its own --wait loses the bus while that starts, and hangs for 25 s.
        self._wait(self._is_up, "did not come up")
        if port:
            self.wait_for(port)

    def wait_for(self, port: int) -> None:
        """Until something in it answers there."""
        self._wait(lambda: self.answers(port), f"does not answer on {self.address}:{port}")

    def kill(self) -> None:
        """The power goes, without a word to anything that runs."""
        podman("kill", "--signal", "KILL", self.name)
        podman("wait", self.name, timeout=30)

    def remove(self) -> None:
        """Takes it away with all that is in it; nothing where it is not there."""
        _note_dead()
        podman("rm", "--force", "--ignore", "--time", "0", self.name)

    def answers(self, port: int) -> bool:
        """Whether something in it takes a connection."""
        try:
            with socket.create_connection((self.address, port), timeout=1):
                return True
        except OSError:
            return False

    def _wait(self, condition: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + _START_S
        while not condition():
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} {otherwise}", "Its journal says why: look into it.")
            child.pause(0.1)

    def _is_up(self) -> bool:
        words = exec_in(self.name, "systemctl is-system-running")
        return child.run(words, timeout=30, check=False).stdout.decode().strip() in _UP


@dataclass(frozen=True, slots=True)
class Found:
    """A container that is there. ``state``: `running`, or podman's other words."""

    name: str
    state: str
    labels: Mapping[str, str]


def found(*labels: str) -> list[Found]:
    """All containers with these labels (``key=value``)."""
    _note_dead()
    filters = (f"--filter=label={label}" for label in labels)
    listed = json.loads(podman("ps", "--all", "--format", "json", *filters) or b"[]")
    return [Found(one["Names"][0], str(one["State"]), dict(one["Labels"] or {})) for one in listed]


def _note_dead() -> None:
    """Lets podman know of containers that are gone together with their monitors, as where somebody ended all
    processes. It would call them running for ever, and neither start nor remove them; so the file is written
    that the monitor had no time for.
    """
    for one in json.loads(podman("ps", "--all", "--format", "json") or b"[]"):
        if one["State"] == RUNNING and not _lives(one["Id"], one["Pid"]):
            (EXITS / one["Id"]).write_text(str(128 + signal.SIGKILL))


def _lives(id: str, pid: int) -> bool:
    try:
        return id in Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return False


def _mac(address: str) -> str:
    """A network card of its own that stays through power cuts, so that nobody keeps an old one in mind."""
    return "02:00:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def _identity(name: str, hostname: str) -> dict[str, File]:
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {hostname}\n::1 localhost\n"
    machine_id = uuid.uuid5(uuid.NAMESPACE_DNS, name).hex
    return {
        "etc/machine-id": File(f"{machine_id}\n".encode(), 0o444),
        "etc/hosts": File(hosts.encode()),
    }
