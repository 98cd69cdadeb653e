"""What every Telegraf of a project has in common: the agent's section, its log, its place on a host, its
options.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.catalog.certificates import Identity
from aiotctl.catalog.collectors.telegraf.toml import Section, Value, render
from aiotctl.catalog.entry import Contribution
from aiotctl.model.blueprint import Json
from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import ConfigFile, Ref, Service, Text

NAME = "telegraf"
SCRIPT = "etc/telegraf.star"

OPTIONS: Mapping[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "flush": {
            "type": "string",
            "pattern": "^[1-9][0-9]*(ms|s)$",
            "default": "500ms",
            "description": "How long a value waits at most for others to leave with, at gateway and hub.",
        },
        "batch": {
            "type": "integer",
            "minimum": 100,
            "maximum": 1000,
            "default": 500,
            "description": "Values in one message of a gateway; a full batch leaves at once. It must stay "
            "below the messages that a broker leaves unacknowledged, or a fast device waits for the flush.",
        },
        "buffer_limit": {
            "type": "integer",
            "minimum": 1000,
            "default": 200000,
            "description": "Values a gateway holds while the broker is away; the oldest are lost beyond. "
            "One takes about half a kilobyte of memory.",
        },
        "buffer": {
            "enum": ["memory", "disk"],
            "default": "memory",
            "description": "Where a gateway holds values. On disk they outlive a restart of the collector.",
        },
    },
}


def option(deployment: Deployment, name: str) -> Json:
    """An option of the collector, or its default."""
    properties = OPTIONS["properties"]
    assert isinstance(properties, dict)
    described = properties[name]
    assert isinstance(described, dict)
    return deployment.platform["collector"].options.get(name, described["default"])


def agent(host: str, values: Mapping[str, Value]) -> Section:
    """The agent's section. Time stamps keep microseconds, what the database holds; the log goes to standard
    error, where the runtime keeps and rotates it: JSON, a line an event. Inputs are not read at round times:
    those are looked for on the clock, which may be set.
    """
    common: dict[str, Value] = {
        "interval": "1s",
        "round_interval": False,
        "precision": "1us",
        "omit_hostname": True,
        "skip_processors_after_aggregators": True,
        "logformat": "structured",
    }
    return Section("agent", common | dict(values), many=False)


def config_path(name: str) -> str:
    """Where the configuration of an agent lies below its host's root."""
    return f"etc/{name}.conf"


def contribution(
    host: str,
    name: str,
    sections: list[Section],
    files: tuple[ConfigFile, ...],
    origin: tuple[str, ...],
    environment: tuple[tuple[str, Text], ...] = (),
    identity: Identity | None = None,
) -> Contribution:
    """A Telegraf of this name on a host, with this configuration. ``files`` are read by it, too."""
    files = (*files, *(identity.files() if identity else ()))
    config = ConfigFile(config_path(name), render(sections), origin=origin)
    service = Service(
        name=name,
        program="telegraf",
        command=((Ref("program/telegraf", "path"),), ("--config",), (Ref(host, "root"), f"/{config.path}")),
        files=(config.path, *(file.path for file in files)),
        environment=environment,
        stop_ms=15_000,
        origin=origin,
    )
    return Contribution(
        programs=("telegraf",),
        files=(config, *files),
        services=(service,),
        certificates=(identity.certificate,) if identity else (),
    )
