"""An OPC UA endpoint: nodes that move, source time stamps, subscriptions, security policies, users."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asyncua.common.callback import CallbackType
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.user_managers import UserManager

from aiotctl.simulators.device import SimulatedDevice
from aiotctl.simulators.opcua.certificate import APPLICATION_URI, own_certificate
from aiotctl.simulators.opcua.library import NodeId, Server, ua
from aiotctl.simulators.opcua.nodes import ServedNode, add_nodes
from aiotctl.simulators.opcua.space import SharedSpaceServer
from aiotctl.simulators.plant import PlantServer

TICK_S = 0.1
"""How often nodes that are due get their next value."""

Policy = ua.SecurityPolicyType
POLICIES = {
    ("None", "None"): Policy.NoSecurity,
    ("Basic256Sha256", "Sign"): Policy.Basic256Sha256_Sign,
    ("Basic256Sha256", "SignAndEncrypt"): Policy.Basic256Sha256_SignAndEncrypt,
    ("Basic256", "Sign"): Policy.Basic256_Sign,
    ("Basic256", "SignAndEncrypt"): Policy.Basic256_SignAndEncrypt,
    ("Basic128Rsa15", "Sign"): Policy.Basic128Rsa15_Sign,
    ("Basic128Rsa15", "SignAndEncrypt"): Policy.Basic128Rsa15_SignAndEncrypt,
}


class OneUser(UserManager):
    """Admits the declared user alone."""

    def __init__(self, server: PlantServer) -> None:
        self._login = (server.user, server.password)

    def get_user(
        self, iserver: Any, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> User | None:
        """The user, if name and password are right."""
        return User(role=UserRole.User) if (username, password) == self._login else None


def _token(server: PlantServer) -> Any:
    """The one way to log in that the device is declared to have."""
    if server.user:
        return ua.UserNameIdentityToken
    return ua.X509IdentityToken if server.login == "certificate" else ua.AnonymousIdentityToken


class OpcUaServer:
    """Serves the devices behind one endpoint."""

    def __init__(self, server: PlantServer, devices: Sequence[SimulatedDevice], folder: Path) -> None:
        self.server = server
        self._devices = devices
        self._folder = folder
        self._nodes: dict[NodeId, ServedNode] = {}
        self._running: Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen, unless all its devices are offline."""
        await self.refresh()

    async def refresh(self) -> None:
        """Close or open the endpoint as the devices' faults have it."""
        if all(device.offline for device in self._devices):
            await self.stop()
            return
        if self._running is None:
            await self._open()
        assert self._running is not None
        alone = any("one_connection" in device.faults for device in self._devices)
        self._running.iserver.max_connections = 1 if alone else 1000

    async def stop(self) -> None:
        """Close the endpoint and every connection to it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._running is not None:
            running, self._running = self._running, None
            inner: Any = running.iserver
            if inner.time_task is not None:  # it would sleep out its second
                inner.time_task.cancel()
                inner.time_task = None
            await running.stop()

    async def _open(self) -> None:
        own = self.server
        server = Server(SharedSpaceServer(user_manager=OneUser(own) if own.user else None))
        await server.init()
        server.set_endpoint(f"opc.tcp://{own.listen}{own.path}")
        server.set_server_name("Simulated device")
        await server.set_application_uri(APPLICATION_URI)
        # passwords travel encrypted, and certificates prove themselves, even where messages do not
        if own.policy != "None" or own.user or own.login:
            certificate, key = await asyncio.to_thread(own_certificate, self._folder)
            await server.load_certificate(str(certificate))
            await server.load_private_key(str(key))
        server.set_security_policy([POLICIES[own.policy, own.mode]])
        server.set_identity_tokens([_token(own)])
        self._nodes = {node.id: node for node in await add_nodes(server, self._devices)}
        server.subscribe_server_callback(CallbackType.PreRead, self._before_read)
        await server.start()
        self._running = server
        self._task = asyncio.create_task(self._move())

    async def _before_read(self, event: Any, _dispatcher: Any = None) -> None:
        """A client reads: late where it is slow, and with the value of this moment."""
        if not event.is_external:
            return
        asked = [self._nodes.get(node.NodeId) for node in event.request_params.NodesToRead]
        touched = [node for node in dict.fromkeys(asked) if node is not None]
        if not touched:
            return
        await asyncio.sleep(max(node.device.delay_s for node in touched))
        for node in touched:
            if not node.on_change:
                await self._write(node, time.time(), count=True)

    async def _move(self) -> None:
        """Give nodes their next value at their points' intervals, for those who subscribed."""
        while True:
            now = time.time()
            for node in self._nodes.values():
                if node.due <= now:
                    node.due = now - now % node.every_s + node.every_s
                    await self._write(node, now, count=node.on_change)
            await asyncio.sleep(TICK_S)

    async def _write(self, node: ServedNode, now: float, count: bool) -> None:
        if self._running is None:
            return
        value = node.data_value(now, count)
        space: Any = self._running.iserver.aspace
        if "wrong_type" in node.device.faults or node.strange:
            # the address space refuses another type than the one before, but not the first
            space[node.id].attributes[ua.AttributeIds.Value].value = None
            node.strange = "wrong_type" in node.device.faults
        await space.write_attribute_value(node.id, ua.AttributeIds.Value, value)
