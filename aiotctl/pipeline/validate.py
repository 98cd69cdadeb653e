"""Validate: from a document to a blueprint, with every finding at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.model.blueprint import Blueprint, Site
from aiotctl.pipeline.document import Document
from aiotctl.pipeline.language.access import Known, read_access
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


def _named(document: Document, section: str, read: Iterable[str]) -> tuple[str, ...]:
    """Names of a section: what was read, what was written, and what any environment adds."""
    overlays = (
        mapping_of(mapping_of(one).get("overlay")) for one in _section(document, "environments").values()
    )
    added = (name for one in overlays for name in mapping_of(one.get(section)))
    return tuple(dict.fromkeys((*read, *_section(document, section), *added)))


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
    known = Known(_named(document, "pipelines", pipelines), _named(document, "sites", sites))
    access = read_access(_section(document, "access"), known, ledger)
    return Blueprint(
        str(document.data.get("name", "")),
        str(document.data.get("owner", "")),
        types,
        sites,
        pipelines,
        platform,
        moved,
        environments,
        access,
    )
