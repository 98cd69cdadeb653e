"""The shop under aiotctl: a project whose fifty gateways are folders and processes of this machine."""

from __future__ import annotations

import os
import random
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from aiotctl.agents.converge.process_files import socket_for
from aiotctl.agents.converge.procfs import scan
from aiotctl.agents.converge.supervision import Supervision
from aiotctl.backends.surroundings import environment_base
from aiotctl.session.environment import open_environment
from benches.measure import AIOTCTL, Ran, run
from benches.shop.content import SERVICES, files
from benches.shop.entry import ENGINE, install

BLUEPRINT = """\
blueprint: v1
name: shop
owner: ops@example.com

device_types:
  counter:
    protocol: modbus-tcp
    points:
      pieces: {register: input/0, type: uint16, every: 10s}

platform:
  broker: {engine: nats}
  timeseries: {engine: postgres-embedded}
  lake: {engine: %(engine)s, revision: %(revision)s}
  runtime: {engine: process}

environments:
  hall: {}

sites:
"""
SITE = "  %s: {timezone: Europe/Berlin, uplink: 20 Mbit/s, gateways: {gw-1: {arch: amd64}}, devices: {}}\n"


class Project:
    """The project and its hosts. ``path`` is the PYTHONPATH under which the shop's entry is found."""

    def __init__(self, folder: Path, path: str, hosts: tuple[str, ...]) -> None:
        self.folder, self.hosts = folder, hosts
        self._environment = {**os.environ, "PYTHONPATH": path}

    def write(self, revision: int) -> None:
        """The blueprint; another revision changes one file on every host."""
        head = BLUEPRINT % {"engine": ENGINE, "revision": revision}
        (self.folder / "blueprint.yaml").write_text(head + "".join(SITE % host for host in self.hosts))

    def run(self, *words: str, code: int = 0) -> Ran:
        """Runs aiotctl. Raises RuntimeError where it ends with another code."""
        return run([*AIOTCTL, *words, "--project", str(self.folder)], (code,), environment=self._environment)

    def root(self, host: str) -> Path:
        """The folder that a host is."""
        return self._base / f"{host}.gw-1"

    @cached_property
    def _base(self) -> Path:
        record = open_environment(self.folder, "shop", "hall", None, lambda _: None).record()
        assert record is not None
        return environment_base(record.lineage)

    def check(self, revision: int) -> None:
        """Raises RuntimeError where a host is not as a revision wants it."""
        running = {process.marker for process in scan().values()}
        for host in self.hosts:
            root = self.root(host)
            wrong = [
                path for path, text in files(host, revision).items() if (root / path).read_text() != text
            ]
            wrong += [name for name in SERVICES if f"{root}:{name}" not in running]
            if wrong:
                raise RuntimeError(f"aiotctl left {host} with {wrong}")

    def disturb(self) -> tuple[str, str]:
        """Alters one file or stops one service of one host, all by chance; gives the host's address and the
        item's name as a plan has them."""
        host = random.choice(self.hosts)
        root = self.root(host)
        item = random.choice([*files(host, 1), *(f"service {name}" for name in SERVICES)])
        if item.startswith("service "):
            Supervision(root, socket_for(root), None).stop(item.removeprefix("service "), 10)
        else:
            with (root / item).open("a") as file:
                file.write("# altered\n")
        return f"host/{host}/gw-1", item


@contextmanager
def applied(folder: Path, hosts: tuple[str, ...]) -> Generator[Project]:
    """A project whose hosts run until the end."""
    (plugin := folder / "plugin").mkdir()
    (place := folder / "shop").mkdir()
    project = Project(place, install(plugin), hosts)
    project.write(1)
    try:
        project.run("apply", "--yes")
        yield project
    finally:
        project.run("destroy", "--purge-data", "--yes")
