"""A gateway's Telegraf: what its devices say, made values of known quality, and sent to the broker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files

from aiotctl.catalog.accounts import owned
from aiotctl.catalog.brokers.edge import FORWARDER, at_gateways, of_gateway
from aiotctl.catalog.certificates import Identity
from aiotctl.catalog.collectors.telegraf.agent import NAME, SCRIPT, agent, contribution, option
from aiotctl.catalog.collectors.telegraf.broker import client_id, credentials, identity, url
from aiotctl.catalog.collectors.telegraf.literal import Literal, literal
from aiotctl.catalog.collectors.telegraf.pair import Inputs, by_pair
from aiotctl.catalog.collectors.telegraf.pipelines import has_window
from aiotctl.catalog.collectors.telegraf.tables import Wanted, devices_table, types_table, wanted
from aiotctl.catalog.collectors.telegraf.toml import Bound, Section, Value
from aiotctl.catalog.entry import Contribution, GatewayContext
from aiotctl.model import address, names
from aiotctl.model.primitives import ConfigFile, Directory, Ref, Right

SERIAL = "file://"
"""How the URL of a serial line begins; the path of its device follows."""

KEEP_ALIVE_S = 10
"""A silent broker is noticed after this and the time of an answer, before the socket's buffer could fill up.
"""


def lower_gateway(context: GatewayContext) -> Contribution:
    """Telegraf for one gateway; nothing where it has no devices."""
    types = wanted(context)
    found = inputs_of(context, types)
    if not found:
        return Contribution()
    host = address.host_of_gateway(context.site.name, context.gateway.name)
    origin = (address.gateway(context.site.name, context.gateway.name),)
    script = ConfigFile(SCRIPT, (script_text(context, types, found),), origin=_origin(context, types))
    extra = tuple(file for each in found for file in each.files)
    clock = has_window(p for each in types.values() for ps in each.pipelines.values() for p in ps)
    agents = {NAME: tuple(section for each in found for section in each.sections)}
    for each in found:
        agents |= {f"{NAME}-{suffix}": sections for suffix, sections in each.apart.items()}
    own = _identity(context, host)
    made = [
        contribution(
            host,
            name,
            _sections(context, host, name, sections, clock),
            (script, *extra),
            origin,
            identity=own,
        )
        for name, sections in agents.items()
        if sections
    ]
    engine = context.deployment.platform["broker"].engine
    after = (engine, FORWARDER) if at_gateways(context.deployment) else ()
    result = Contribution(
        programs=(NAME,),
        files=tuple({file.path: file for each in made for file in each.files}.values()),
        services=tuple(
            replace(service, start_after=after, devices=_lines(context))
            for each in made
            for service in each.services
        ),
        certificates=(own.certificate,) if own else (),
    )
    if option(context.deployment, "buffer") == "disk":
        result = _with_disk(result)
    return owned(context.deployment, result, NAME)


def _identity(context: GatewayContext, host: str) -> Identity | None:
    return identity(context.deployment, host, names.gateway_client(context.site.name, context.gateway.name))


def _lines(context: GatewayContext) -> tuple[str, ...]:
    """The serial lines of a machine of its own, which its collector must be let to."""
    if context.deployment.environment.local:
        return ()
    urls = (url for url in context.endpoints.values() if url and str(url[0]).startswith(SERIAL))
    return tuple(dict.fromkeys(str(url[0]).removeprefix(SERIAL) for url in urls))


def _sections(
    context: GatewayContext, host: str, name: str, inputs: tuple[Section, ...], clock: bool
) -> list[Section]:
    """One agent's configuration: its inputs, the script that all share, its way to the broker."""
    return [
        agent(host, _agent(context)),
        *inputs,
        *([_clock()] if clock else []),
        Section("processors.starlark", {"script": Bound((Ref(host, "root"), f"/{SCRIPT}"))}),
        _output(context, host, name),
    ]


def inputs_of(context: GatewayContext, types: Mapping[str, Wanted]) -> list[Inputs]:
    """What each protocol adds."""
    return [
        pair.inputs(context, devices, {d.type: types[d.type] for d in devices})
        for pair, devices in by_pair(context, types.values())
    ]


def rights(context: GatewayContext) -> Right:
    """What the gateway's collector may do at the broker: publish its batches, hear its own devices."""
    found = inputs_of(context, wanted(context))
    return Right(
        names.gateway_client(context.site.name, context.gateway.name),
        publish=(names.gateway_topic(context.site.name, context.gateway.name),),
        subscribe=tuple(topic for each in found for topic in each.subscribes),
    )


def script_text(context: GatewayContext, types: Mapping[str, Wanted], found: list[Inputs]) -> str:
    """The normalising script: the compiled tables, then the part that is the same everywhere."""
    extras = {key: words for each in found for key, words in each.extras.items()}
    tables: dict[str, Literal] = {
        "TYPES": types_table(types, extras),
        "DEVICES": devices_table(context, types),
        "MESSAGES": {},
        "TOPICS": {},
    }
    for each in found:
        tables |= each.tables
    loads = "".join(f'load("{name}.star", "{name}")\n' for name in ("json", "math", "time"))
    compiled = "".join(f"{name} = {literal(table)}\n\n" for name, table in tables.items())
    return f"{loads}\n{compiled}{_library()}"


@cache
def _library() -> str:
    return files(__package__ or "").joinpath("script.star").read_text(encoding="utf-8")


def _origin(context: GatewayContext, types: Mapping[str, Wanted]) -> tuple[str, ...]:
    pipelines = dict.fromkeys(
        f"pipeline/{p.name}" for each in types.values() for ps in each.pipelines.values() for p in ps
    )
    devices = (address.device(device.site, device.name) for device in context.devices)
    return (*devices, *pipelines)


def _agent(context: GatewayContext) -> dict[str, Value]:
    deployment = context.deployment
    return {
        "flush_interval": str(option(deployment, "flush")),
        "metric_batch_size": _integer(context, "batch"),
        "metric_buffer_limit": _integer(context, "buffer_limit"),
    }


def _integer(context: GatewayContext, name: str) -> int:
    value = option(context.deployment, name)
    assert isinstance(value, int)
    return value


def _clock() -> Section:
    """A beat by which the script closes windows that no later value closes."""
    constant = Section("constant", {"name": "beat", "value": 1})
    values: dict[str, Value] = {"alias": "clock", "metric_name": "tick", "interval": "500ms"}
    return Section("inputs.mock", values, sections=(constant,))


def _output(context: GatewayContext, host: str, name: str) -> Section:
    """QoS 1 to the compiled broker, the gateway's own where it has one.

    Telegraf ends when it cannot connect at its start, 15 s later, whatever ``startup_error_behavior`` says:
    this output reports no error of the kind that is retried. Its runtime starts it again until the broker is
    there.
    """
    site, gateway = context.site.name, context.gateway.name
    client = names.gateway_client(site, gateway)
    broker, own = of_gateway(context.deployment, site, gateway), _identity(context, host)
    values: dict[str, Value] = {
        "alias": "broker",
        "servers": [Bound(url(context.deployment, broker))],
        "topic": names.gateway_topic(site, gateway),
        **credentials(own, client),
        "client_id": client_id(own, "gateway", site, gateway, name),
        "qos": 1,
        "keep_alive": KEEP_ALIVE_S,
        "timeout": "5s",
        "layout": "batch",
        "data_format": "influx",
    }
    if option(context.deployment, "buffer") == "disk":
        values["buffer_strategy"] = "disk"
        values["buffer_directory"] = Bound((Ref(host, "root"), f"/buffer/{name}"))
    return Section("outputs.mqtt", values)


def _with_disk(result: Contribution) -> Contribution:
    return Contribution(
        result.programs,
        (
            Directory("buffer"),
            *(Directory(f"buffer/{service.name}", data=True) for service in result.services),
        ),
        result.files,
        result.services,
    )
