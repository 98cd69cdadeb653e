"""A project whose environment ``pilot`` lives on the machines of a fleet, its devices simulated here."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.laptop import Laptop
from tests.hosts.fleet import Fleet

BLUEPRINT = Path(__file__).with_name("pilot") / "blueprint.yaml"
SIMULATED = ("site/plant-a/device/press-1", "site/plant-a/device/chiller-1", "site/plant-b/device/press-2")
ENVIRONMENT = "pilot"


def make_project(fleet: Fleet, folder: Path) -> Laptop:
    """The project, its blueprint filled in with the fleet's addresses."""
    project = folder / "works"
    for made in (project, folder / "home", folder / "tmp"):
        made.mkdir(parents=True)
    text = BLUEPRINT.read_text(encoding="utf-8").replace("@CONTROLLER@", controller(fleet))
    for machine in fleet:
        text = text.replace(f"@{machine.name.upper()}@", machine.address)
    (project / "blueprint.yaml").write_text(text, encoding="utf-8")
    settings = {"AIOTCTL_SSH_CONFIG": str(fleet.ssh_config)}
    return Laptop(project, folder / "home", name=ENVIRONMENT, settings=settings)


def controller(fleet: Fleet) -> str:
    """This machine's own address in the fleet's network."""
    return fleet["hub-1"].address.rsplit(".", 1)[0] + ".1"


@contextmanager
def simulated_devices(project: Laptop, fleet: Fleet) -> Generator[None]:
    """Serves the devices that are polled, where the fleet reaches them."""
    words = ["simulate", "--env", ENVIRONMENT, "--listen", controller(fleet)]
    words += [word for device in SIMULATED for word in ("--device", device)]
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
