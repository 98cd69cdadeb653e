"""The same machines under a stock playbook: same packages, accounts, programs, files and units.

The peer has the shorter way: it makes no schema in the database, issues no certificates, checks no health
and does not wait for the hub before it begins with the gateways.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from benches.machines.compiled import Compiled
from benches.measure import Ran, run
from tests.hosts.fleet import Fleet

WRITTEN = Path(__file__).parents[1] / "peers" / "machines"
OWN_SERVICES = {"mosquitto": "mosquitto.service", "postgresql-15": "postgresql.service"}
"""What Debian starts by itself when it installs a package."""


class StockMachines:
    """A folder with playbook, inventory and files for machines of a fleet."""

    def __init__(self, folder: Path, fleet: Fleet, machines: Sequence[Compiled]) -> None:
        self.folder = folder / "stock"
        shutil.copytree(WRITTEN, self.folder)
        self._files = self.folder / "roles" / "machine" / "files"
        self._files.mkdir(mode=0o700)
        self._packed: dict[str, Path] = {}
        hosts = {_word(machine): self._variables(machine) for machine in machines}
        shared = {
            "ansible_ssh_common_args": f"-F {fleet.ssh_config}",
            "ansible_python_interpreter": "python3",
        }
        (self.folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": shared}}))
        settings = f"[defaults]\nforks = {len(machines)}\ninventory = hosts.json\n"
        (self.folder / "ansible.cfg").write_text(settings)

    def apply(self) -> Ran:
        """Runs the whole playbook."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        own = {**kept, "ANSIBLE_HOME": str(self.folder / "home")}
        return run([program, "site.yml"], folder=self.folder, environment=own)

    def _variables(self, machine: Compiled) -> dict[str, Any]:
        manifest = machine.manifest
        packages = [f"{name}={version}" if version else name for name, version in manifest.packages]
        own = [OWN_SERVICES[name] for name, _ in manifest.packages if name in OWN_SERVICES]
        programs = {str(manifest.root / "programs" / each.name): each.source for each in machine.programs}
        trees = {path for path, source in programs.items() if source.is_dir()}
        return {
            "ansible_host": machine.address,
            "packages": packages,
            "own_services": own,
            "accounts": list(manifest.accounts),
            "folders": list(_folders(machine, trees)),
            "programs": [_place(path, source) for path, source in programs.items() if source.is_file()],
            "archives": [_place(path, self._archive(programs[path])) for path in sorted(trees)],
            "configuration": [self._file(machine, number) for number in range(len(machine.files))],
            "services": machine.services,
        }

    def _file(self, machine: Compiled, number: int) -> dict[str, str]:
        file = machine.files[number]
        place = self._files / _word(machine) / str(number)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        place.write_text(file.content)
        path = str(PurePosixPath(machine.manifest.root) / file.path)
        return {
            "source": str(number),
            "path": path,
            "group": file.group or "root",
            "mode": f"{file.mode:04o}",
        }

    def _archive(self, tree: Path) -> Path:
        known = self._packed.get(str(tree))
        if known is None:
            known = self._packed[str(tree)] = self._files / f"{len(self._packed)}.tar"
            with tarfile.open(known, "w") as archive:
                archive.add(tree, ".")
        return known


def _word(machine: Compiled) -> str:
    """The machine's name in the inventory."""
    return machine.name.rpartition("/")[2]


def _folders(machine: Compiled, trees: set[str]) -> Iterator[dict[str, str]]:
    """Folders of services, and those above what is put below the root, from the top down."""
    root = machine.manifest.root
    own = {
        root / each.path: (each.user or "root", f"{each.mode:04o}") for each in machine.manifest.directories
    }
    above = {root / "programs", *map(Path, trees)}
    for path in [*own, *(root / file.path for file in machine.files)]:
        above |= {folder for folder in path.parents if folder.is_relative_to(root)}
    for path in sorted(above | set(own)):
        owner, mode = own.get(path, ("root", "0755"))
        yield {"path": str(path), "owner": owner, "mode": mode}


def _place(path: str, source: Path) -> dict[str, str]:
    return {"path": path, "source": str(source)}
