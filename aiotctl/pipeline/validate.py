"""Validate: from a document to a blueprint, with every finding at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.model.blueprint import Blueprint, Site
from aiotctl.pipeline.document import Document
from aiotctl.pipeline.language.broken import Ledger
from aiotctl.pipeline.language.data import mapping_of
from aiotctl.pipeline.language.environments import Base, read_environments
from aiotctl.pipeline.language.fleet import FleetReader
from aiotctl.pipeline.language.kinds import MISSING
from aiotctl.pipeline.language.moves import read_moved
from aiotctl.pipeline.language.pipelines import read_pipelines
from aiotctl.pipeline.language.platform import read_platform
from aiotctl.pipeline.language.shape import misfits
from aiotctl.pipeline.language.sites import DeviceReader, read_sites
from aiotctl.pipeline.language.types import read_types


@dataclass(frozen=True, slots=True)
class Validated:
    """A blueprint, None where an error was found, and the findings."""

    blueprint: Blueprint | None
    findings: tuple[Diagnostic, ...]


def validate(document: Document) -> Validated:
    """Shape, values and references of a whole document. An unreadable one was told about when it was
    loaded."""
    if not document.data:
        return Validated(None, ())
    gaps = document.gaps
    told = (one for one in misfits(document.data) if not (one.kind is MISSING and one.path in gaps))
    ledger = Ledger(told, gaps)
    blueprint = _read(document, ledger)
    findings = document.diagnostics(ledger.findings)
    failed = any(finding.severity is Severity.ERROR for finding in findings)
    return Validated(None if failed else blueprint, findings)


def _section(document: Document, name: str) -> dict[str, Any]:
    return mapping_of(document.data.get(name))


def _read(document: Document, ledger: Ledger) -> Blueprint:
    declared = _section(document, "device_types")
    types = read_types(declared, ledger)
    reader = DeviceReader(types, declared, ledger)
    sites: dict[str, Site] = read_sites(_section(document, "sites"), reader)
    if document.fleet is not None:
        sites.update(FleetReader(document.fleet, sites, reader).read())
    pipelines = read_pipelines(_section(document, "pipelines"), types, declared, ledger)
    platform = read_platform(_section(document, "platform"), ledger)
    base = Base(document, types, sites, pipelines, platform)
    environments = read_environments(_section(document, "environments"), base, ledger)
    moved = read_moved(document.data.get("moved", ()), sites, types, ledger)
    return Blueprint(
        str(document.data.get("name", "")),
        str(document.data.get("owner", "")),
        types,
        sites,
        pipelines,
        platform,
        moved,
        environments,
    )
