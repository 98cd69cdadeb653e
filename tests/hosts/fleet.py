"""Machines with names and addresses, one network a fleet, keys made for the run."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from stacks.lab.machines.archive import File
from stacks.lab.machines.container import Container
from stacks.lab.machines.space import RUN, podman
from tests.hosts.image import image
from tests.hosts.machine import Machine

_FLEETS = RUN / "fleets"
_OWNER = "aiotctl.rig.owner"
_FLEET = "aiotctl.rig.fleet"
BY_HAND = "hand"
_USERS = ("ops", "clerk", "guest")


class Fleet:
    """Some machines that can reach each other. Made by `new_fleet`; `load` finds one that is there."""

    def __init__(self, name: str, owner: str) -> None:
        self.name = name
        self._owner = owner
        self._machines: dict[str, Machine] = {}

    @property
    def folder(self) -> Path:
        """Where its keys and its ssh_config lie."""
        return _FLEETS / self.name

    @property
    def key(self) -> Path:
        """The private key that every user of every machine takes."""
        return self.folder / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        """The real host keys."""
        return self.folder / "known_hosts"

    @property
    def ssh_config(self) -> Path:
        """What `ssh -F` takes: real host keys, strict, this key and no other."""
        return self.folder / "ssh_config"

    @property
    def machines(self) -> tuple[Machine, ...]:
        """All of them, in the order they were made."""
        return tuple(self._machines.values())

    def __getitem__(self, name: str) -> Machine:
        return self._machines[name]

    def __iter__(self) -> Iterator[Machine]:
        return iter(self.machines)

    def __len__(self) -> int:
        return len(self._machines)

    def add(self, names: Sequence[str]) -> None:
        """Further machines, started together; returns once sshd answers on each."""
        chosen = image()
        first = 10 + len(self._machines)
        for number, name in enumerate(names, first):
            self._machines[name] = Machine(self.name, name, f"{self._subnet()}.{number}", self.key)
            _keygen(self.folder / f"{name}.host", f"root@{name}")
        self._write()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda name: self._run(self._machines[name], chosen), names))

    def renew(self, *names: str) -> None:
        """Gives machines as new: same names, addresses and keys, nothing else of what they were."""
        chosen = image()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda name: self._renew(self._machines[name], chosen), names))

    def change_host_key(self, name: str) -> None:
        """Another host key, as after a new installation or with somebody in between; not in known_hosts."""
        key = self.folder / f"{name}.other"
        _keygen(key, f"root@{name}")
        machine = self._machines[name]
        machine.put(_host_key(key))
        machine.run("systemctl restart ssh").ok()

    def restore_host_key(self, name: str) -> None:
        """The key that known_hosts has."""
        machine = self._machines[name]
        machine.put(_host_key(self.folder / f"{name}.host"))
        machine.run("systemctl restart ssh").ok()

    def remove(self) -> None:
        """Takes away every machine, the network and the keys."""
        _remove(self.name)

    def _renew(self, machine: Machine, chosen: str) -> None:
        podman("rm", "--force", "--time", "0", machine.container)
        self._run(machine, chosen)

    def _run(self, machine: Machine, chosen: str) -> None:
        box = Container(machine.container, machine.address)
        box.create(chosen, self._network, machine.name, {_OWNER: self._owner, _FLEET: self.name})
        box.put(_authorized(self.key.with_suffix(".pub").read_bytes()))
        box.put(_host_key(self.folder / f"{machine.name}.host"))
        box.start()

    @property
    def _network(self) -> str:
        return f"aiotctl-{self.name}"

    def _subnet(self) -> str:
        if not self._machines:
            return _free_subnet(self._network)
        return next(iter(self._machines.values())).address.rpartition(".")[0]

    def _write(self) -> None:
        known = [
            f"{machine.name},{machine.address} {_public(self.folder / f'{machine.name}.host')}"
            for machine in self
        ]
        self.known_hosts.write_text("\n".join(known) + "\n")
        aliases = [f"Host {machine.name}\n  HostName {machine.address}\n" for machine in self]
        self.ssh_config.write_text(
            "".join(aliases) + _SSH_CONFIG.format(known=self.known_hosts, key=self.key)
        )
        told = {"owner": self._owner, "machines": {m.name: m.address for m in self}}
        (self.folder / "fleet.json").write_text(json.dumps(told, indent=1))


_SSH_CONFIG = """Host *
  User ops
  IdentityFile {key}
  IdentitiesOnly yes
  UserKnownHostsFile {known}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  LogLevel ERROR
"""


@contextmanager
def new_fleet(names: Sequence[str], name: str = "") -> Iterator[Fleet]:
    """Machines for the time of a with; gone afterwards, and those of runs that were killed as well."""
    sweep()
    fleet = make_fleet(names, name or secrets.token_hex(4), _this_process())
    try:
        yield fleet
    finally:
        fleet.remove()


def make_fleet(names: Sequence[str], name: str, owner: str) -> Fleet:
    """Machines that stay until `remove`, or until the owner is gone and someone sweeps."""
    fleet = Fleet(name, owner)
    fleet.folder.mkdir(mode=0o700, parents=True)
    try:
        _keygen(fleet.key, "aiotctl-hosts")
        fleet.add(names)
    except BaseException:
        fleet.remove()
        raise
    return fleet


def load_fleet(name: str) -> Fleet:
    """A fleet that is there already."""
    told = json.loads((_FLEETS / name / "fleet.json").read_text())
    fleet = Fleet(name, told["owner"])
    for machine, address in told["machines"].items():
        fleet._machines[machine] = Machine(name, machine, address, fleet.key)
    return fleet


def fleets() -> list[Fleet]:
    """All that are there."""
    return [load_fleet(path.parent.name) for path in sorted(_FLEETS.glob("*/fleet.json"))]


def sweep() -> None:
    """Removes what runs have left that did not come to their end."""
    for fleet in fleets():
        if fleet._owner not in (BY_HAND, _process(fleet._owner.partition(".")[0])):
            fleet.remove()


def _remove(name: str) -> None:
    listed = podman("ps", "--all", "--quiet", f"--filter=label={_FLEET}={name}").decode().split()
    if listed:
        podman("rm", "--force", "--time", "0", *listed, check=False)
    podman("network", "rm", "--force", f"aiotctl-{name}", check=False)
    shutil.rmtree(_FLEETS / name, ignore_errors=True)


def _free_subnet(network: str) -> str:
    podman("network", "create", network)
    told = json.loads(podman("network", "inspect", network))[0]
    return str(told["subnets"][0]["gateway"]).rpartition(".")[0]


def _this_process() -> str:
    return _process(str(os.getpid()))


def _process(pid: str) -> str:
    """A process by its number and its start, so that a number given anew is not taken for it."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return ""
    return f"{pid}.{after_name[19]}"


def _keygen(path: Path, comment: str) -> None:
    path.unlink(missing_ok=True)
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)]
    subprocess.run(words, check=True, capture_output=True, timeout=30)


def _public(key: Path) -> str:
    return " ".join(key.with_name(key.name + ".pub").read_text().split()[:2])


def _authorized(public: bytes) -> dict[str, File]:
    owners = enumerate(_USERS, 1000)
    return {f"home/{user}/.ssh/authorized_keys": File(public, 0o600, number) for number, user in owners}


def _host_key(key: Path) -> dict[str, File]:
    public = key.with_name(key.name + ".pub").read_bytes()
    return {
        "etc/ssh/ssh_host_ed25519_key": File(key.read_bytes(), 0o600),
        "etc/ssh/ssh_host_ed25519_key.pub": File(public),
    }
