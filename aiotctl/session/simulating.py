"""Simulated devices by hand: served alone, or those of an environment that was applied."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiotctl.errors import failure
from aiotctl.model import names
from aiotctl.model.deployment import Deployment
from aiotctl.pipeline.lower.endpoints import FOLDER
from aiotctl.session.environment import Environment
from aiotctl.simulators import control
from aiotctl.simulators.plant import Plant
from aiotctl.simulators.serve import serve
from aiotctl.simulators.standalone import Served, served, standalone_plant


def serve_alone(
    environment: Environment,
    deployment: Deployment,
    devices: Sequence[str],
    listen: str,
    folder: Path,
    on_ready: Callable[[Sequence[Served]], None],
) -> None:
    """Serves devices until SIGTERM or SIGINT; ``on_ready`` is told where each is found once all listen."""

    def secret(name: str) -> str:
        return environment.vault.values([name])[name]

    logging.getLogger("asyncua").setLevel(logging.CRITICAL)  # what people need to know is told by the command
    plant: Plant = standalone_plant(deployment, devices, listen, folder, secret)
    serve(plant, lambda made: on_ready(served(made)))


def folder_of(environment: Environment) -> Path:
    """Where the simulator of an applied environment is asked. Raises AiotctlError where there is none."""
    record = environment.record()
    if record is None or names.FIELD not in record.units:
        raise failure(
            "nothing-simulated",
            "No simulated device was applied",
            f"Environment {environment.name!r} runs no simulator.",
            "Apply an environment that says `simulate: devices`, or serve devices alone: aiotctl simulate",
        )
    return environment.folder(record, names.FIELD) / FOLDER


def steer(
    folder: Path, faults: Mapping[str, Sequence[str]], counters: Sequence[tuple[str, str]]
) -> Mapping[str, Mapping[str, Any]]:
    """Sets faults (by device; an empty list ends them) and counters (device, point), and tells every device's
    state.
    """
    if faults:
        control.set_faults(folder, faults)
    for device, point in counters:
        control.start_counter(folder, device, point)
    return control.state(folder)
