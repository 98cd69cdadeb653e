"""A project whose environment ``pilot`` lives on the machines of a fleet, its devices simulated here."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import paho.mqtt.client as mqtt

from tests.e2e.laptop import Laptop
from tests.hosts.fleet import Fleet

BLUEPRINT = Path(__file__).with_name("pilot") / "blueprint.yaml"
SIMULATED = ("site/plant-a/device/press-1", "site/plant-a/device/chiller-1", "site/plant-b/device/press-2")
ENVIRONMENT = "pilot"


def make_project(fleet: Fleet, folder: Path, blueprint: Path = BLUEPRINT) -> Laptop:
    """The project, its blueprint filled in with the fleet's addresses."""
    project = folder / "works"
    for made in (project, folder / "home", folder / "tmp"):
        made.mkdir(parents=True)
    text = blueprint.read_text(encoding="utf-8").replace("@CONTROLLER@", controller(fleet))
    for machine in fleet:
        text = text.replace(f"@{machine.name.upper()}@", machine.address)
    (project / "blueprint.yaml").write_text(text, encoding="utf-8")
    settings = {"AIOTCTL_SSH_CONFIG": str(fleet.ssh_config)}
    return Laptop(project, folder / "home", name=ENVIRONMENT, settings=settings)


def controller(fleet: Fleet) -> str:
    """This machine's own address in the fleet's network."""
    return fleet["hub-1"].address.rsplit(".", 1)[0] + ".1"


@contextmanager
def simulated_devices(project: Laptop, fleet: Fleet, devices: Sequence[str] = SIMULATED) -> Generator[None]:
    """Serves the devices that are polled, where the fleet reaches them."""
    words = ["simulate", "--env", ENVIRONMENT, "--listen", controller(fleet)]
    words += [word for device in devices for word in ("--device", device)]
    process = project.start(*words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert process.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, f"the simulator ended: {said}"
            said += line
        yield
    finally:
        process.terminate()
        process.wait(30)


class Sensor:
    """A device of another maker that publishes by itself, with the credentials that were issued to it."""

    def __init__(self, project: Laptop, device: str) -> None:
        site, name = device.split("/")
        project.run("access", "issue", "--device", device, "--env", ENVIRONMENT).ok()
        told = project.state / "issued" / f"device.{site}.{name}" / "device.txt"
        self.words = dict(line.split(" ", 1) for line in told.read_text("utf-8").splitlines())
        self.acknowledged: list[int] = []
        """The counts that the gateway's broker has acknowledged."""

    @contextmanager
    def publishing(self, every_s: float = 0.2) -> Generator[Sensor]:
        """Counts up in the field ``rms``, with QoS 1 and its own time stamp."""
        stop = threading.Event()
        thread = threading.Thread(target=self._publish, args=(every_s, stop), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join(30)

    def _publish(self, every_s: float, stop: threading.Event) -> None:
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=self.words["user"])
        client.username_pw_set(self.words["user"], self.words["password"])
        client.connect_async(self.words["host"], int(self.words["port"]))
        client.loop_start()
        count = 0
        while not stop.wait(every_s):
            count += 1
            payload = json.dumps({"rms": count, "t": int(time.time() * 1000)})
            sent = client.publish(self.words["topic"], payload, qos=1)
            with suppress(RuntimeError, ValueError):  # not connected just now
                sent.wait_for_publish(5)
                if sent.is_published():
                    self.acknowledged.append(count)
        client.disconnect()
        client.loop_stop()
