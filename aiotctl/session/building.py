"""The compiled bundle as ordinary files: to read, to keep under version control, to run without aiotctl.

Without an environment's values every reference is filled in with what it most probably becomes (preferred
ports, plain program names) and secrets stay hidden, so that each program accepts its files and the same
blueprint gives the same bytes. With them the folder also holds the play, its inventory and one manifest a
host with all real values, and each stack's project holds its secrets sealed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from aiotctl.backends.ansible_project import inventory, write_archives, write_project
from aiotctl.backends.hosts import HostRun
from aiotctl.backends.hostunits import HostBackend
from aiotctl.backends.stack_folder import StackFile
from aiotctl.engine import bind
from aiotctl.errors import failure
from aiotctl.model import codec
from aiotctl.model.bundle import Bundle
from aiotctl.model.primitives import Host, Ref, Schema, Stack
from aiotctl.session.building_stacks import probable_output, stack_files
from aiotctl.session.certificates import CertifiedSurroundings
from aiotctl.session.environment import Environment
from aiotctl.session.logins import brought_along

INDEX, FLOWS, PROGRAMS, KEYS = "index.json", "flows.json", "programs", "keys"
LOOPBACK = "127.0.0.1"


def write_bundle(
    bundle: Bundle,
    target: Path,
    bound: Sequence[HostRun] = (),
    pages: Mapping[str, str] | None = None,
    project: Callable[[Stack], Iterator[StackFile]] = stack_files,
) -> list[str]:
    """Writes the bundle into a folder, in the place of a former one, and gives the names of the files.

    ``pages`` are further files for people, by name; ``project`` gives the files of a stack.
    With ``bound`` hosts it also holds the play and what it reads, real values and secrets too: only its owner
    may look into it. Raises AiotctlError where the folder holds something else.
    """
    if target.exists() and any(target.iterdir()) and not (target / INDEX).is_file():
        raise failure(
            "not-a-build",
            "The folder holds something else",
            f"{target} was not written by `aiotctl build`, so it is not replaced.",
            "Name another folder with --out.",
        )
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        unfinished.mkdir(mode=0o700 if bound else 0o755)
        if bound:
            write_project(unfinished)
            unfinished.chmod(0o700)  # copying the play gave it the play's mode
        contents = {INDEX: _index(bundle), **_flows(bundle), **(pages or {})} | {
            name: text for unit in bundle.units for name, text in _files(bundle, unit)
        }
        for name, text in contents.items():
            _write(unfinished / name, text.encode(), 0o644)
        written = [*contents, *_write_stacks(unfinished, bundle, project)]
        written += _write_bound(unfinished, bound) if bound else ()
        if target.exists():
            shutil.rmtree(target)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return sorted(written)


def bound_hosts(environment: Environment, bundle: Bundle) -> tuple[HostRun, ...]:
    """Every host with all values of an environment, secrets too."""
    record = environment.record_or_new()
    around = CertifiedSurroundings(environment.surroundings(record), environment.vault)
    hosts = [unit for where in bundle.units if isinstance(unit := bundle.render(where), Host)]
    around.prepare(hosts, lambda _: None)
    known = replace(record, outputs={**record.outputs, **around.ports(hosts, record.outputs)})
    backend = HostBackend(environment.owner(record), environment.surroundings(record))
    return tuple(backend.runs([environment.bound(known, host.address, host) for host in hosts]))


def _write_bound(folder: Path, runs: Sequence[HostRun]) -> list[str]:
    """The inventory, a manifest a host, archives of the folders that are delivered, and the keys by which
    machines of a stack are dialled and known.
    """
    archives = write_archives(folder / PROGRAMS, runs)
    beside = {digest: Path(PROGRAMS) / place.name for digest, place in archives.items()}
    texts = {f"manifests/{run.address}.json": _json(dict(run.manifest)) for run in runs}
    named = _json(inventory(runs, {}, beside))
    texts["inventory.json"] = brought_along(named, folder / KEYS, f"{{{{ inventory_dir }}}}/{KEYS}")
    for name, text in texts.items():
        _write(folder / name, text.encode(), 0o600)
    keys = [f"{KEYS}/{file.name}" for file in folder.glob(f"{KEYS}/*")]
    return [*texts, *map(str, beside.values()), *keys]


def _write_stacks(folder: Path, bundle: Bundle, project: Callable[[Stack], Iterator[StackFile]]) -> list[str]:
    """Each stack as a project of Pulumi's own."""
    stacks = (unit for where in bundle.units if isinstance(unit := bundle.render(where), Stack))
    files = [file for stack in stacks for file in project(stack)]
    for file in files:
        _write(folder / file.path, file.content, file.mode)
    return [file.path for file in files]


def _flows(bundle: Bundle) -> dict[str, str]:
    """The connections, where there are any."""
    found = bundle.flows()
    return {FLOWS: _json([codec.encode(flow) for flow in found])} if found else {}


def _files(bundle: Bundle, unit: str) -> Iterator[tuple[str, str]]:
    rendered = bundle.render(unit)
    if isinstance(rendered, Schema):
        yield from _schema_files(unit, rendered)
    if not isinstance(rendered, Host):
        return
    outputs = {bind.key(ref): _probable(bundle, ref) for ref in bind.references(rendered)}
    secrets = dict.fromkeys(bind.secret_names(rendered), bind.SENSITIVE)
    for file in rendered.files:
        yield f"{unit}/{file.path}", bind.bind(file.content, outputs, secrets)
    if rendered.firewall:
        yield f"{unit}/firewall.nft", bind.bind(rendered.firewall, outputs, secrets)


def _probable(bundle: Bundle, ref: Ref) -> str:
    """What a reference most probably becomes; the root of a host is the folder in which its files are looked
    at.
    """
    where, is_service, name = ref.address.partition("/service/")
    if not is_service and ref.address.startswith("stack/"):
        return probable_output(ref)
    if not is_service:
        return ref.address.removeprefix("program/") if ref.attribute == "path" else "."
    host = bundle.render(where)
    port, _, attribute = ref.attribute.rpartition(".")
    services = host.services if isinstance(host, Host) else ()
    ports = {one.name: one.preferred for service in services if service.name == name for one in service.ports}
    place = host.place if isinstance(host, Host) else None
    here = place.address or place.machine if place else LOOPBACK
    known = {"port": str(ports[port]), "host": here, "address": f"{here}:{ports[port]}"}
    return known[attribute]


def _schema_files(unit: str, schema: Schema) -> Iterator[tuple[str, str]]:
    for step in schema.migrations:
        yield f"{unit}/migrations/{step.number:04d}-{step.name}.sql", step.sql
    for name, select in schema.views:
        yield f"{unit}/views/{name}.sql", select
    yield f"{unit}/series.json", _json([codec.encode(series) for series in schema.series])


def _index(bundle: Bundle) -> str:
    units = [
        {
            "address": unit.address,
            "kind": unit.kind,
            "digest": unit.digest,
            "needs": unit.needs,
            "site": unit.site,
        }
        for unit in bundle.units.values()
    ]
    head = {"blueprint": bundle.blueprint, "environment": bundle.environment, "aiotctl": bundle.version}
    return _json({**head, "units": units})


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
