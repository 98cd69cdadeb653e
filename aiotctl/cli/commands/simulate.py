"""Serve the blueprint's devices as real protocol servers, or make applied ones misbehave."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aiotctl.cli import context
from aiotctl.cli.context import Context
from aiotctl.cli.declared import option
from aiotctl.cli.project import applied, opened
from aiotctl.errors import AiotctlError, Exit, failure
from aiotctl.views.simulate import show_served, show_states

if TYPE_CHECKING:
    from aiotctl.simulators.standalone import Served

Faults = dict[str, list[str]]


def run(
    ctx: typer.Context,
    device: Annotated[
        list[str] | None, option("--device", "Only this device; may be repeated.", metavar="ADDRESS")
    ] = None,
    fault: Annotated[
        list[str] | None,
        option(
            "--fault", "Makes a device offline, frozen, slow ...; `=none` ends it.", metavar="DEVICE=FAULT"
        ),
    ] = None,
    counter: Annotated[
        list[str] | None,
        option("--counter", "Makes a point count from 0 with each value given away.", metavar="POINT"),
    ] = None,
    listen: Annotated[str, option("--listen", "Address to serve on.", metavar="ADDRESS")] = "127.0.0.1",
    running: Annotated[
        bool, option("--running", "Steers the simulator of the applied environment instead of serving.")
    ] = False,
) -> Exit:
    """Serves the blueprint's devices as real protocol servers, registers, nodes and topics as declared, until
    Ctrl-C: for other software to read. With --running it serves nothing, but sets faults and counters of the
    simulator that the applied environment runs, and tells the state of its devices.

    Faults: offline, frozen, out_of_range, slow[:MS], one_connection, exceptions[:POINT], wrong_type,
    no_value, nan.
    """
    here = context.of(ctx)
    faults = _faults(fault or [])
    counters = [_counter(text) for text in counter or []]
    if running:
        from aiotctl.session.simulating import folder_of, steer

        show_states(steer(folder_of(applied(here)), faults, counters), here.output)
    else:
        _serve(here, device or [], listen, faults, counters)
    return Exit.OK


def _serve(
    here: Context, devices: list[str], listen: str, faults: Faults, counters: Sequence[tuple[str, str]]
) -> None:
    from aiotctl.session.simulating import serve_alone, steer

    project = opened(here)

    with tempfile.TemporaryDirectory(prefix="aiotctl-simulate-") as folder:

        def ready(found: Sequence[Served]) -> None:
            show_served([(one.device, one.url) for one in found], here.output)
            if faults or counters:  # the simulator answers while it runs, so it is asked from beside
                threading.Thread(target=steered, daemon=True).start()

        def steered() -> None:
            try:
                steer(Path(folder), faults, counters)
            except AiotctlError as error:
                here.show(error.diagnostics)

        serve_alone(project.environment, project.compiled.deployment, devices, listen, Path(folder), ready)


def _faults(texts: list[str]) -> Faults:
    faults: Faults = {}
    for text in texts:
        device, equals, name = text.partition("=")
        if not equals:
            raise _form("--fault", text, "--fault site/plant-a/device/press-1=offline")
        faults.setdefault(device, []).extend([] if name == "none" else [name])
    return faults


def _counter(text: str) -> tuple[str, str]:
    device, found, point = text.rpartition("/point/")
    if not found:
        raise _form("--counter", text, "--counter site/plant-a/device/press-1/point/energy")
    return device, point


def _form(flag: str, text: str, example: str) -> AiotctlError:
    return failure(
        "simulate-form", "This cannot be understood", f"{flag} {text}", f"Write {example}", Exit.USAGE
    )
