"""An OPC UA server as PLCs have one: behind NAT, slow, namespaces in an order of its own, limits it enforces.

    python plc.py OPTIONS

OPTIONS is JSON: ``port``; ``policies`` by the library's names; ``users`` as name: password (none: anonymous);
``certificates``: users log in with one; ``most`` nodes in a read and ``most_items`` in a
subscription's request; ``delay_s`` of each read;
``folder`` for the server's key; ``shared``, where nodes.json lies.
"""

from __future__ import annotations

import asyncio
import json
import sys
from copy import copy
from pathlib import Path
from typing import Any

from asyncua import Server, ua
from asyncua.common.utils import ServiceError
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_server import InternalServer
from asyncua.server.internal_session import InternalSession
from asyncua.server.user_managers import UserManager
from cryptography.x509.oid import ExtendedKeyUsageOID

URI = "urn:other-maker:plc"
OWN_URI = "urn:other-maker:server"
ELSEWHERE = "opc.tcp://plc-7.plant.example:4840/UA/Plant"
"""What the server calls itself: a name that nobody here resolves."""

CHILLER = [
    {"id": "Chiller.Supply", "type": "Double", "value": 6.5},
    {"id": "Chiller.Compressor", "type": "Boolean", "value": True},
]


class Login(UserManager):
    """Admits the users it knows, and whoever proves to own a certificate where that is the way to log in."""

    def __init__(self, users: dict[str, str], certificates: bool) -> None:
        self._users = users
        self._certificates = certificates

    def get_user(
        self, iserver: Any, username: Any = None, password: Any = None, certificate: Any = None
    ) -> Any:
        known = username in self._users and self._users[username] == password
        return User(role=UserRole.User) if known or (self._certificates and certificate) else None


def limit(most: int, most_items: int, delay_s: float) -> None:
    """Faults for requests of too many nodes, as the standard asks for, and time taken for each read."""
    read, monitor = InternalSession.read, InternalSession.create_monitored_items

    async def reading(self: Any, params: Any) -> Any:
        if not self.external:
            return await read(self, params)
        await asyncio.sleep(delay_s)
        return await within(params.NodesToRead, most, read(self, params))

    async def monitoring(self: Any, params: Any) -> Any:
        return await within(params.ItemsToCreate, most_items, monitor(self, params))

    async def within(asked: Any, allowed: int, answer: Any) -> Any:
        if len(asked) > allowed:
            answer.close()
            raise ServiceError(ua.StatusCodes.BadTooManyOperations)
        return await answer

    InternalSession.read, InternalSession.create_monitored_items = reading, monitoring


def advertise(url: str) -> None:
    """Endpoints under another host and port than those that were dialled, as behind NAT."""
    described = InternalServer.get_endpoints

    async def endpoints(self: Any, *words: Any, **more: Any) -> Any:
        found = [copy(each) for each in await described(self, *words, **more)]
        for each in found:
            each.EndpointUrl = url
        return found

    InternalServer.get_endpoints = endpoints


async def nodes(server: Server, uri: str, wanted: list[dict[str, Any]]) -> dict[str, Any]:
    """Makes variables in a namespace, with their values and states."""
    space = await server.register_namespace(uri)
    made: dict[str, Any] = {}
    for each in wanted:
        kind = getattr(ua.VariantType, each["type"])
        value = int(each["value"]) if each["type"].endswith("64") else each["value"]
        node = await server.nodes.objects.add_variable(ua.NodeId(each["id"], space), each["id"], value, kind)
        if "status" in each:
            status = ua.StatusCode(ua.UInt32(getattr(ua.StatusCodes, each["status"])))
            await node.write_value(ua.DataValue(ua.Variant(value, kind), status))
        made[each["id"]] = node
    return made


async def serve(options: dict[str, Any]) -> None:
    """Serves until it is ended."""
    limit(options.get("most", 1000), options.get("most_items", 1000), options.get("delay_s", 0.0))
    advertise(ELSEWHERE)
    users, certificates = options.get("users", {}), bool(options.get("certificates"))
    server = Server(user_manager=Login(users, certificates) if users or certificates else None)
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{options['port']}/UA/Plant")
    await server.set_application_uri(OWN_URI)
    key, certificate = (Path(options["folder"]) / name for name in ("plc_key.pem", "plc.der"))
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    await setup_self_signed_certificate(key, certificate, OWN_URI, "plc-7.plant.example", purposes, {})
    await server.load_certificate(str(certificate))
    await server.load_private_key(str(key))
    server.set_security_policy([getattr(ua.SecurityPolicyType, policy) for policy in options["policies"]])
    tokens = [ua.UserNameIdentityToken] if users else [ua.AnonymousIdentityToken]
    server.set_identity_tokens([ua.X509IdentityToken] if certificates else tokens)
    await nodes(server, "urn:other-maker:chiller", CHILLER)
    await server.register_namespace("urn:other-maker:between")
    made = await nodes(
        server, URI, json.loads((Path(options["shared"]) / "nodes.json").read_text(encoding="utf-8"))
    )
    async with server:
        print("ready", flush=True)
        count = 0
        while True:
            await asyncio.sleep(0.5)
            count += 1
            await made["Counter"].write_value(ua.Variant(count, ua.VariantType.UInt32))


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
