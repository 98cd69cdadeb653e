"""The same hosts under a stock playbook or a pyinfra deploy: folders and processes of this machine.

Both begin with every file in place and every service started. Each run is held against the folders
afterwards: what was disturbed before it must be there again. Services are kept by ``start-stop-daemon``, the
quickest that both could ask.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from benches.measure import Ran, run
from benches.peers.environment import program
from benches.shop.content import COPIED, SERVICES, TEMPLATES, files, write_files

WRITTEN = Path(__file__).parents[1] / "peers"
FORKS = 10


class Peer(ABC):
    """Some hosts under another tool, in a folder with what its users wrote."""

    written: str
    """The folder of ``benches/peers``."""
    files: str
    """Where below it lies what goes to the hosts."""

    def __init__(self, folder: Path, hosts: Sequence[str]) -> None:
        self.folder, self.hosts = folder / self.written, tuple(hosts)
        self._base = folder / f"{self.written}-hosts"
        folder.mkdir(exist_ok=True)
        shutil.copytree(WRITTEN / self.written, self.folder)
        write_files(self.folder / self.files / "files", COPIED)
        write_files(self.folder / self.files / "templates", TEMPLATES)
        for host in hosts:
            write_files(self._base / host, files(host, 1))
            (self._base / host / "run").mkdir()
            for service in SERVICES:
                _start(self._base / host, service)

    def apply(self, revision: int = 1) -> Ran:
        """A run over all hosts, after one file was altered or one service stopped by chance.

        Raises RuntimeError where a host is not as wanted afterwards.
        """
        self.write(revision)
        self._disturb()
        ran = self.timed(self.command())
        for host in self.hosts:
            self._check(host, revision)
        return ran

    def _disturb(self) -> None:
        root = self._base / random.choice(self.hosts)
        item = random.choice([*files("", 1), *SERVICES])
        if item in SERVICES:
            _stop(root, item)
        else:
            with (root / item).open("a") as file:
                file.write("# altered\n")

    def close(self) -> None:
        """Ends the services."""
        for host in self.hosts:
            for service in SERVICES:
                _stop(self._base / host, service)

    def timed(self, command: Sequence[str]) -> Ran:
        """Runs a command in the tool's folder."""
        return run(command, folder=self.folder, environment=self.environment())

    @abstractmethod
    def write(self, revision: int) -> None:
        """The inventory; another revision changes one file on every host."""

    @abstractmethod
    def command(self) -> list[str]:
        """The words of a run."""

    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """All variables of a run."""

    def data(self, revision: int) -> dict[str, dict[str, object]]:
        """What the inventory says of each host."""
        shared = {"revision": revision, "python": sys.executable}
        return {host: {"root": str(self._base / host), "gateway": host, **shared} for host in self.hosts}

    def _check(self, host: str, revision: int) -> None:
        root = self._base / host
        wrong = [path for path, text in files(host, revision).items() if (root / path).read_text() != text]
        wrong += [service for service in SERVICES if not _runs(root, service)]
        if wrong:
            raise RuntimeError(f"{self.written} left {host} with {wrong}")


class Stock(Peer):
    """ansible-core as it comes: its defaults, fact gathering too, but for ten forks."""

    written, files = "stock", "roles/line_apps"

    def write(self, revision: int) -> None:
        """The inventory, with the interpreter named so that none is looked for."""
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        hosts = {host: {**local, **data} for host, data in self.data(revision).items()}
        (self.folder / "hosts.json").write_text(json.dumps({"gateways": {"hosts": hosts}}))
        (self.folder / "ansible.cfg").write_text(f"[defaults]\nforks = {FORKS}\ninventory = hosts.json\n")

    def command(self) -> list[str]:
        """The whole playbook."""
        return [str(Path(sys.executable).with_name("ansible-playbook")), "site.yml"]

    def start(self) -> Ran:
        """A run that does nothing on any host: what does not grow with their number."""
        return self.timed([*self.command(), "--tags", "none", "--skip-tags", "always"])

    def environment(self) -> Mapping[str, str]:
        """Nothing of the caller's own settings of Ansible."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        return {**kept, "ANSIBLE_HOME": str(self.folder / "home")}


class Pyinfra(Peer):
    """pyinfra as it comes; its own connector to this machine, for more than one host."""

    written, files = "pyinfra", "."

    def write(self, revision: int) -> None:
        """The inventory's data, and the entry point of the connector."""
        (self.folder / "hosts.json").write_text(json.dumps(self.data(revision)))
        about = self.folder / "folder_connector-1.dist-info"
        about.mkdir(exist_ok=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: folder_connector\nVersion: 1\n")
        point = "folder = folder_connector:FolderConnector"
        (about / "entry_points.txt").write_text(f"[pyinfra.connectors]\n{point}\n")

    def command(self) -> list[str]:
        """The whole deploy."""
        return [str(program("pyinfra")), "-y", "inventory.py", "deploy.py"]

    def environment(self) -> Mapping[str, str]:
        """With the connector in reach."""
        return {**os.environ, "PYTHONPATH": str(self.folder)}


def _daemon(root: Path, service: str, *words: str) -> bool:
    command = ["start-stop-daemon", *words, "--quiet", "--pidfile", str(root / "run" / f"{service}.pid")]
    if "--start" in words:
        settings = root / "etc/services" / f"{service}.json"
        command += ["--startas", sys.executable, "--", "-S", "-E", str(root / "bin/worker.py"), str(settings)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 0


def _start(root: Path, service: str) -> None:
    if not _daemon(root, service, "--start", "--background", "--make-pidfile"):
        raise RuntimeError(f"{service} of {root} does not start")


def _stop(root: Path, service: str) -> None:
    _daemon(root, service, "--stop", "--oknodo", "--retry", "10", "--remove-pidfile")


def _runs(root: Path, service: str) -> bool:
    return _daemon(root, service, "--status")
