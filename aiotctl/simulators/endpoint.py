"""What every simulated endpoint offers to the one who runs it."""

from __future__ import annotations

from typing import Protocol

from aiotctl.simulators.plant import PlantServer


class Endpoint(Protocol):
    """A protocol server, or the clients that publish to one broker."""

    server: PlantServer

    async def start(self) -> None:
        """Listen, or begin to dial."""
        ...

    async def refresh(self) -> None:
        """Take note that faults of its devices changed."""
        ...

    async def stop(self) -> None:
        """End at once."""
        ...


def host_port(listen: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
