"""The project's own programs that run on hosts, as services."""

from __future__ import annotations

from aiotctl.model.deployment import Deployment
from aiotctl.model.primitives import Ref, Service, Text

PROGRAMS = ("python", "agents")
"""What a host of its own needs for them: its distribution's Python, and the delivered folder of modules."""


def programs(deployment: Deployment) -> tuple[str, ...]:
    """The programs of which agents are made."""
    return ("python",) if deployment.environment.local else PROGRAMS


def agent(
    deployment: Deployment, host: str, name: str, module: str, config: str, start_after: tuple[str, ...]
) -> Service:
    """An agent that is given its configuration, a file below its host's root."""
    delivered = () if deployment.environment.local else (("PYTHONPATH", (Ref("program/agents", "path"),)),)
    command: tuple[Text, ...] = (
        (Ref("program/python", "path"),),
        ("-m",),
        (f"aiotctl.agents.{module}",),
        (Ref(host, "root"), f"/{config}"),
    )
    return Service(
        name=name,
        program="python",
        command=command,
        files=(config,),
        environment=delivered,
        start_after=start_after,
    )
