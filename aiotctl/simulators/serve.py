"""Serves a whole plant in one process until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import time
from collections.abc import Callable, Sequence

from aiotctl.simulators.device import SimulatedDevice
from aiotctl.simulators.endpoint import Endpoint
from aiotctl.simulators.inside import ControlSocket, HealthPort
from aiotctl.simulators.mqtt.broker import Broker
from aiotctl.simulators.mqtt.client import PublishingDevice
from aiotctl.simulators.mqtt.streams import Schedule, streams_of
from aiotctl.simulators.plant import Plant, PlantServer

log = logging.getLogger("aiotctl.simulators")


class Simulator:
    """The running plant."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.devices = {device.address: _device(plant, n) for n, device in enumerate(plant.devices)}
        self._schedule = Schedule()
        self._endpoints: list[Endpoint] = []
        self._behind: dict[str, list[Endpoint]] = {}
        self._publishers: dict[str, PublishingDevice] = {}

    async def start(self) -> None:
        """Open every endpoint and begin to publish."""
        gc.disable()  # address spaces are many objects that stay; collecting meanwhile doubles the time
        try:
            await self._start_endpoints()
        finally:
            gc.freeze()
            gc.enable()

    async def _start_endpoints(self) -> None:
        for server in self.plant.servers.values():
            behind = [d for d in self.devices.values() if d.device.server == server.name]
            for endpoint, served in self._endpoints_of(server, behind):
                await endpoint.start()
                self._endpoints.append(endpoint)
                for device in served:
                    self._behind.setdefault(device.address, []).append(endpoint)

    async def run(self) -> None:
        """Publish until cancelled."""
        await self._schedule.run()

    async def stop(self) -> None:
        """Close every endpoint."""
        await asyncio.gather(*(endpoint.stop() for endpoint in self._endpoints), return_exceptions=True)

    async def changed(self, device: SimulatedDevice) -> None:
        """A device's faults changed."""
        for endpoint in self._behind.get(device.address, ()):
            await endpoint.refresh()

    def state(self) -> dict[str, object]:
        """Faults, counters and message counts of every device."""
        return {address: self._state(device) for address, device in self.devices.items()}

    def _state(self, device: SimulatedDevice) -> dict[str, object]:
        told: dict[str, object] = {
            "faults": [f"{f.name}:{f.argument}" if f.argument else f.name for f in device.faults.values()],
            "counters": dict(device.counters),
        }
        publisher = self._publishers.get(device.address)
        if publisher is not None:
            told |= {"acknowledged": publisher.sent, "held": publisher.held, "dropped": publisher.dropped}
        return told

    def _endpoints_of(
        self, server: PlantServer, devices: Sequence[SimulatedDevice]
    ) -> list[tuple[Endpoint, Sequence[SimulatedDevice]]]:
        if server.protocol == "modbus":
            return [(self._modbus(server, devices), devices)]
        if server.protocol == "opcua":
            from aiotctl.simulators.opcua.server import OpcUaServer

            return [(OpcUaServer(server, devices, self.plant.folder), devices)]
        if server.listen:
            broker = Broker(server, devices)
            for device in devices:
                self._schedule.add(streams_of(device, broker, self._schedule.now()))
            return [(broker, devices)]
        return [(self._publisher(server, device), [device]) for device in devices]

    def _publisher(self, server: PlantServer, device: SimulatedDevice) -> PublishingDevice:
        publisher = self._publishers[device.address] = PublishingDevice(server, device)
        self._schedule.add(streams_of(device, publisher, self._schedule.now()))
        return publisher

    def _modbus(self, server: PlantServer, devices: Sequence[SimulatedDevice]) -> Endpoint:
        from aiotctl.simulators.modbus.image import Image
        from aiotctl.simulators.modbus.serial import SerialLine
        from aiotctl.simulators.modbus.server import ModbusServer

        served = ModbusServer(server, {device.device.unit_id: Image(device) for device in devices})
        return SerialLine(served, self.plant.folder / server.tty) if server.tty else served


def _device(plant: Plant, n: int) -> SimulatedDevice:
    from aiotctl.simulators.kinds import points_of

    device = plant.devices[n]
    kind = plant.types[device.type]
    return SimulatedDevice(device, kind, points_of(kind, f"{plant.seed}\0{device.address}"))


def serve(plant: Plant, on_ready: Callable[[Plant], None]) -> None:
    """Serve the plant until SIGTERM or SIGINT; ``on_ready`` is called once everything listens."""
    asyncio.run(_serve(plant, on_ready))


async def _serve(plant: Plant, on_ready: Callable[[Plant], None]) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    simulator = Simulator(plant)
    started = time.monotonic()
    starting = asyncio.create_task(_start(simulator))
    stopping = asyncio.create_task(told.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    try:
        if not told.is_set():
            inside = starting.result()
            log.info("serving %d devices after %.1f s", len(simulator.devices), time.monotonic() - started)
            on_ready(plant)
            running = asyncio.create_task(simulator.run())
            await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
            for part in inside:
                await part.stop()
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
    finally:
        starting.cancel()
        stopping.cancel()
        await simulator.stop()


async def _start(simulator: Simulator) -> Sequence[ControlSocket | HealthPort]:
    await simulator.start()
    inside: list[ControlSocket | HealthPort] = [ControlSocket(simulator)]
    if simulator.plant.health:
        inside.append(HealthPort(simulator.plant.health))
    for part in inside:
        await part.start()
    return inside
