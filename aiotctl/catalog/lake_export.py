"""The job that exports values into a lake's bucket as Parquet files, whoever has the bucket."""

from __future__ import annotations

from dataclasses import replace

from aiotctl.catalog.accounts import owned
from aiotctl.catalog.agents import agent, programs
from aiotctl.catalog.cloud import is_managed
from aiotctl.catalog.databases.postgres.login import ROLE, SERVICE, Client
from aiotctl.catalog.entry import Contribution, HubContext
from aiotctl.catalog.options import milliseconds
from aiotctl.model.blueprint import Json
from aiotctl.model.primitives import ConfigFile, Text
from aiotctl.quantities import DURATION_PATTERN

NAME = "lake-export"
ORIGIN = ("platform/lake",)

OPTIONS: dict[str, Json] = {
    "export": {
        "type": "string",
        "pattern": DURATION_PATTERN,
        "default": "15min",
        "description": "how often new values are exported",
    },
    "retain": {
        "type": "string",
        "pattern": DURATION_PATTERN,
        "default": "5y",
        "description": "how long files are kept, by the day of their values",
    },
}


def export(context: HubContext, bucket: Text, after: tuple[str, ...] = ()) -> Contribution:
    """The export: it comes to the database by the network where that is elsewhere. ``bucket`` is its bucket's
    part of the configuration, as a JSON object; ``after`` are services of the same host that it needs.
    """
    deployment, host = context.deployment, context.host
    client = Client(deployment, host, "exporter", "lake-export/tls")
    beside = deployment.host_of(ROLE) == host and not is_managed(deployment, ROLE)
    first = (SERVICE, *after) if beside else after
    config = ConfigFile("lake-export.json", _config(context, client, bucket), origin=ORIGIN)
    files = (config, *client.files)
    job = agent(deployment, host, NAME, "lake_export", config.path, first)
    made = Contribution(
        programs=programs(deployment),
        files=files,
        services=(replace(job, files=tuple(file.path for file in files), origin=ORIGIN),),
        certificates=client.certificates,
    )
    return owned(deployment, made, NAME)


def _config(context: HubContext, client: Client, bucket: Text) -> Text:
    options = context.deployment.platform["lake"].options
    return (
        '{"database": ',
        *client.login,
        ',\n "bucket": ',
        *bucket,
        ',\n "every_ms": ',
        str(milliseconds(options.get("export", "15min"))),
        ', "retain_ms": ',
        str(milliseconds(options.get("retain", "5y"))),
        "}\n",
    )
