"""The machines of the blueprint beside this file, applied and flowing, and what is done to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiotctl.model import names
from tests.e2e.laptop import Laptop, until
from tests.hosts.fleet import Fleet
from tests.hosts.machine import Machine
from tests.hosts.networks.devices import Counting, Polled, Sensor
from tests.hosts.networks.ledger import Ledger
from tests.hosts.works import ENVIRONMENT, make_project, simulated_devices
from tests.hosts.works import Sensor as Issued

HERE = Path(__file__).parent
MACHINES = ("hub-1", "gw-1", "gw-2", "gw-3")
GATEWAYS = MACHINES[1:]
PRESSES = {"press-1": "plant-a", "press-2": "plant-a", "press-3": "plant-b"}
SENSORS = {"vib-1": "plant-a", "vib-2": "plant-a", "vib-3": "plant-b"}
SAMPLES = tuple(f"s{number:02d}" for number in range(1, 21))
FILLED = ("press-3", "vib-3", "rec-3")
"""The devices of the gateway whose buffer is filled."""

STOPPED_S = 30.0
_STEP = (HERE / "step_clock.py").read_text(encoding="utf-8")


@dataclass
class Plant:
    """What is done to the machines, and what is asked of them past the network."""

    project: Laptop
    fleet: Fleet
    sensors: Mapping[str, Sensor]
    ledger: Ledger

    def kill(self, machines: Sequence[str], service: str) -> None:
        """Ends a service without a word; its runtime starts it again."""
        before = {name: self._process(name, service) for name in machines}
        for name in machines:
            self.fleet[name].run(f"systemctl kill --signal=KILL aiotctl-{service}").ok()
        for name in machines:
            until(lambda name=name: self._process(name, service) not in (before[name], "0"), 20, service)

    def restart(self, machines: Sequence[str], service: str) -> None:
        """Restarts a service, as an operator does."""
        for name in machines:
            self.fleet[name].run(f"systemctl restart aiotctl-{service}").ok()

    def step_clock(self, machine: str, seconds: int) -> None:
        """Moves the clock of all of aiotctl's services on a machine by so much from the true time."""
        self.fleet[machine].run(f"python3 - {seconds}", _STEP.encode()).ok()

    def rows(self, query: str) -> list[list[str]]:
        """What the hub's database answers to its reader, asked on the hub itself."""
        return _asked(self.project, self.fleet["hub-1"], query)

    def held(self, gateway: str) -> int:
        """Bytes in the journal of a gateway."""
        told = self.fleet[gateway].run("du -cb /var/lib/aiotctl/*/data/forward/journal/*.log").ok().out
        return int(told.split()[-2])

    def _process(self, machine: str, service: str) -> str:
        return self.fleet[machine].run(f"systemctl show -P MainPID aiotctl-{service}").ok().out.strip()


@contextmanager
def plant(fleet: Fleet, folder: Path) -> Generator[Plant]:
    """The project, applied, with devices that count for as long as the context lasts."""
    project = make_project(fleet, folder, HERE / "blueprint.yaml")
    addresses = {name: f"site/{site}/device/{name}" for name, site in PRESSES.items()}
    with ExitStack() as stack:
        stack.enter_context(simulated_devices(project, fleet, tuple(addresses.values())))
        applied = project.run("apply", "--env", ENVIRONMENT, "--yes", timeout=900).ok()
        print(applied.out)
        (control,) = project.temporary.glob("aiotctl-simulate-*")
        sensors = {
            name: Sensor(Issued(project, f"{site}/{name}").words, 0.2) for name, site in SENSORS.items()
        }
        sensors["rec-3"] = Sensor(Issued(project, "plant-b/rec-3").words, 2.0, SAMPLES)
        for sensor in sensors.values():
            stack.enter_context(sensor.publishing())
        project.run("verify", "--env", ENVIRONMENT, "--wait", "60s").ok()
        devices: dict[str, Counting] = {name: Polled(control, where) for name, where in addresses.items()}
        ledger = Ledger(devices | sensors, lambda after: _stored(project, fleet["hub-1"], after))
        yield Plant(project, fleet, sensors, ledger)


def _stored(project: Laptop, hub: Machine, after: Mapping[str, int]) -> dict[str, Counter[int]]:
    wanted = " OR ".join(f"(device = '{device}' AND i > {count})" for device, count in after.items())
    query = (
        "SELECT device, i, count(*) FROM aiot.value JOIN aiot.series ON id = series "
        f"WHERE {wanted} GROUP BY device, i"
    )
    found: dict[str, Counter[int]] = {device: Counter() for device in after}
    for device, number, often in _asked(project, hub, query):
        found[device][int(number)] = int(often)
    return found


def _asked(project: Laptop, hub: Machine, query: str) -> list[list[str]]:
    """The reader's password goes by standard input; what cannot be asked just now is asked again."""
    secret = names.database_secret("reader")
    password = project.environment.vault.values([secret])[secret]
    line = (
        "read -r PGPASSWORD; export PGPASSWORD; "
        "psql 'host=127.0.0.1 user=reader dbname=aiot sslmode=require' -XAtq -F ' ' -f -"
    )
    answers: list[list[str]] = []

    def asked() -> bool:
        done = hub.run(line, f"{password}\n{query};\n".encode())
        answers[:] = [row.split(" ") for row in done.out.splitlines()]
        return done.code == 0

    until(asked, STOPPED_S, "the database answers")
    return answers
