"""The simulator's own two doors: the control socket, and the port that says that everything listens."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from aiotctl.errors import AiotctlError
from aiotctl.simulators.control import SOCKET, short_path
from aiotctl.simulators.device import SimulatedDevice
from aiotctl.simulators.endpoint import host_port
from aiotctl.simulators.faults import parse_fault

if TYPE_CHECKING:
    from aiotctl.simulators.serve import Simulator

HEALTHY = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"
REQUEST_S = 5.0


class ControlSocket:
    """Answers the questions described in `aiotctl.simulators.control`. Only the simulator's own user can
    reach it.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._path = simulator.plant.folder / SOCKET
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; a socket left by a simulator that was killed is replaced."""
        self._path.unlink(missing_ok=True)
        with short_path(self._path.parent) as path:
            self._listener = await asyncio.start_unix_server(self._connected, path)
        self._path.chmod(0o600)

    async def stop(self) -> None:
        """Close and remove the socket."""
        if self._listener is not None:
            self._listener.close()
        self._path.unlink(missing_ok=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode("utf-8") + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass  # the other side went, or sent a line without end
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            question: dict[str, Any] = json.loads(line)
            for address, texts in question.get("faults", {}).items():
                await self._set_faults(self._device(address), texts)
            for address, point in question.get("counter", {}).items():
                _start_counter(self._device(address), point)
        except AiotctlError as error:
            return {"error": error.diagnostics[0].detail}
        except (ValueError, AttributeError, TypeError, KeyError) as error:
            return {"error": f"not understood: {error}"}
        return {"devices": self._simulator.state()}

    def _device(self, address: str) -> SimulatedDevice:
        found = self._simulator.devices.get(address)
        if found is None:
            raise ValueError(f"{address} is not simulated here")
        return found

    async def _set_faults(self, device: SimulatedDevice, texts: list[str] | str) -> None:
        faults = tuple(parse_fault(text) for text in ([texts] if isinstance(texts, str) else texts))
        for fault in faults:
            if fault.name == "exceptions" and fault.argument and fault.argument not in device.points:
                raise ValueError(f"{device.address} has no point {fault.argument}")
        device.set_faults(faults, time.time())
        await self._simulator.changed(device)


def _start_counter(device: SimulatedDevice, point: str) -> None:
    if point not in device.points or not device.points[point].wrap:
        raise ValueError(f"{device.address} has no numeric point {point}")
    device.start_counter(point)


class HealthPort:
    """Answers any HTTP request with 200."""

    def __init__(self, listen: str) -> None:
        self._listen = listen
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        host, port = host_port(self._listen)
        self._listener = await asyncio.start_server(self._connected, host, port)

    async def stop(self) -> None:
        """Close the port."""
        if self._listener is not None:
            self._listener.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), REQUEST_S)
            writer.write(HEALTHY)
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # no request: the port was only looked at
        finally:
            writer.close()
