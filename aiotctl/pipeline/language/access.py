"""Reads the roles of people and programs: what they may read, and of which sites."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aiotctl.findings import Kind, Path, listed, nearest
from aiotctl.model.blueprint import AccessRole
from aiotctl.model.names import RAW
from aiotctl.pipeline.language.broken import Ledger
from aiotctl.pipeline.language.reference import UNKNOWN_REFERENCE

AMBIGUOUS = Kind(
    "ambiguous-right",
    "A right that could mean two things",
    "`raw` in a role means the values as they were measured. Where a pipeline has that name too, nobody "
    "could tell which of the two a role may read.",
)


class Known:
    """What roles can name: pipelines and sites of the blueprint, and those that an environment adds."""

    def __init__(self, pipelines: Collection[str], sites: Collection[str]) -> None:
        self.pipelines, self.sites = pipelines, sites


def read_access(section: Mapping[str, Any], known: Known, ledger: Ledger) -> dict[str, AccessRole]:
    """All roles without findings."""
    made: dict[str, AccessRole] = {}
    for name, data in section.items():
        if not ledger.broken(("access", name)):
            made[name] = _role(name, data, known, ledger)
    return made


def _role(name: str, data: Mapping[str, Any], known: Known, ledger: Ledger) -> AccessRole:
    path: Path = ("access", name)
    for number, wanted in enumerate(data["read"]):
        _readable(wanted, (*path, "read", number), known, ledger)
    sites = data.get("sites", "all")
    if sites == "all":
        return AccessRole(name, tuple(data["read"]))
    for number, site in enumerate(sites):
        if site not in known.sites and ledger.whole("sites"):
            detail = f"There is no site `{site}`.{nearest(site, known.sites)}"
            where = (*path, "sites", number)
            ledger.add(UNKNOWN_REFERENCE.at(where, detail, f"Declared are {listed(known.sites)}."))
    return AccessRole(name, tuple(data["read"]), tuple(sites))


def _readable(wanted: str, path: Path, known: Known, ledger: Ledger) -> None:
    if wanted == RAW:
        if RAW in known.pipelines:
            detail = (
                "There is a pipeline called `raw`, and `raw` also means the values as they were measured."
            )
            ledger.add(AMBIGUOUS.at(path, detail, "Give the pipeline another name."))
    elif wanted not in known.pipelines and ledger.whole("pipelines"):
        readable = tuple(dict.fromkeys((RAW, *known.pipelines)))
        detail = f"There is no pipeline `{wanted}`.{nearest(wanted, readable)}"
        remedy = f"A role can read {listed(readable)}."
        ledger.add(UNKNOWN_REFERENCE.at(path, detail, remedy))
