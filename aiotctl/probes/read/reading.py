"""What is asked of a device."""

from __future__ import annotations

from dataclasses import dataclass

from aiotctl.model import address
from aiotctl.model.blueprint import Device, DeviceType, PointType


@dataclass(frozen=True, slots=True)
class Target:
    """A device as it is reached: its endpoint with every reference bound.

    ``endpoint`` is what `aiotctl.pipeline.lower.endpoints.endpoint` gives, and the compiled broker's
    ``tcp://HOST:PORT`` for a device that publishes there. ``user`` and ``password`` are for OPC UA and MQTT
    (at the compiled broker: a gateway's, which may subscribe to its devices' topics); ``certificate`` and
    ``private_key`` are PEM texts for OPC UA (empty: made for the occasion).
    """

    device: Device
    kind: DeviceType
    endpoint: str
    user: str = ""
    password: str = ""
    certificate: str = ""
    private_key: str = ""
    timeout_s: float = 5.0

    def point_address(self, point: PointType) -> str:
        """Address of one of its points."""
        return address.point(self.device.site, self.device.name, point.name)
