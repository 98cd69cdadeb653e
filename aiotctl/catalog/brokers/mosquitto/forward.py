"""The forwarder of a gateway: from its broker to the hub's, by way of a journal on the disk."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from aiotctl.catalog.accounts import owned
from aiotctl.catalog.brokers.edge import FORWARDER, session
from aiotctl.catalog.brokers.mosquitto import server
from aiotctl.catalog.brokers.mosquitto.options import size_of
from aiotctl.catalog.certificates import Identity, client
from aiotctl.catalog.entry import Contribution, GatewayContext
from aiotctl.model import address, names
from aiotctl.model.primitives import ConfigFile, Directory, Health, Part, Port, Quoting, Ref, Service, Text

NAME = ACCOUNT = FORWARDER
FOLDER = "forward"
CONFIG = f"{FOLDER}/forward.json"
DATA = "data/forward"
PACKAGES = ("aiotctl", "aiotctl/agents", "aiotctl/agents/forward")

HEALTH, PORT = "health", 8885

RESERVE = 64 * 2**20
"""Bytes that stay free on the gateway's disk, whatever the limit says: a full disk stops more than this."""

_SOURCES = Path(__file__).parents[3] / "agents" / "forward"


def lower_forward(context: GatewayContext, host: str) -> Contribution:
    """The forwarder's program, configuration and service."""
    name = names.gateway_client(context.site.name, context.gateway.name)
    own = client(host, f"{FOLDER}/tls", name)
    config = ConfigFile(CONFIG, _config(context, host, own), origin=("platform/broker",))
    files = (config, *own.files(), *_program())
    service = Service(
        name=NAME,
        program="python",
        command=(
            (Ref("program/python", "path"),),
            ("-m",),
            ("aiotctl.agents.forward",),
            server.path(host, CONFIG),
        ),
        files=tuple(file.path for file in files),
        environment=(("PYTHONPATH", server.path(host, FOLDER)), ("PYTHONDONTWRITEBYTECODE", ("1",))),
        ports=(Port(HEALTH, PORT),),
        health=Health(tcp=HEALTH),
        start_after=(server.NAME,),
        origin=("platform/broker",),
    )
    made = Contribution(
        programs=("python",),
        directories=(Directory(DATA, data=True),),
        files=files,
        services=(service,),
        certificates=(own.certificate,),
    )
    return owned(context.deployment, made, ACCOUNT)


@cache
def _program() -> tuple[ConfigFile, ...]:
    """The agent as files: all it needs beside them is the gateway's Python."""
    packages = tuple(
        ConfigFile(f"{FOLDER}/{package}/__init__.py", ('"""Part of aiotctl."""\n',))
        for package in PACKAGES[:-1]
    )
    modules = tuple(
        ConfigFile(f"{FOLDER}/{PACKAGES[-1]}/{path.name}", (path.read_text(encoding="utf-8"),))
        for path in sorted(_SOURCES.glob("*.py"))
    )
    return packages + modules


def _config(context: GatewayContext, host: str, own: Identity) -> Text:
    site, gateway = context.site.name, context.gateway.name
    hub = address.service(context.deployment.host_of("broker"), server.NAME)
    return (
        f'{{"gateway": "{site}/{gateway}", "topic": "{names.gateway_topic(site, gateway)}",\n',
        ' "client": ',
        session(FORWARDER, site, gateway),
        ',\n "folder": "',
        *server.path(host, DATA),
        f'", "limit": {size_of(context.deployment, "buffer")}, "reserve": {RESERVE}, "health": ',
        Ref(address.service(host, NAME), f"{HEALTH}.port"),
        ",\n",
        *(' "local": ', *_place(address.service(host, server.NAME), own)),
        *(',\n "hub": ', *_place(hub, own)),
        "}\n",
    )


def _place(broker: str, own: Identity) -> Text:
    """Where a broker is, and the files by which both sides know each other."""
    parts: list[Part] = ['{"host": ', Ref(broker, "mqtt.host", Quoting.JSON)]
    parts += [', "port": ', Ref(broker, "mqtt.port")]
    for name in ("ca", "cert", "key"):
        parts += [f', "{name}": "', *own.path(name), '"']
    return (*parts, "}")
