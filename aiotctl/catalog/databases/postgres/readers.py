"""The roles of people and programs as roles of the database: which views they select from, and what they see
in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiotctl.catalog.databases.postgres.quoting import fitting
from aiotctl.catalog.databases.postgres.views import View
from aiotctl.model.blueprint import AccessRole
from aiotctl.model.names import RAW, access_role
from aiotctl.model.primitives import Reader

DEVICES, PIPELINES = "devices.", "pipelines."


def readers(roles: Iterable[AccessRole], views: Sequence[View]) -> tuple[Reader, ...]:
    """All roles. Raw values are in the views of the device types, those of a pipeline in its own."""
    return tuple(
        Reader(
            fitting(access_role(role.name)),
            tuple(view.name for view in views if _shows(view, role.read)),
            tuple((_pipeline(what), site) for what in role.read for site in _sites(role)),
        )
        for role in roles
    )


def _shows(view: View, read: Sequence[str]) -> bool:
    if view.name.startswith(DEVICES):
        return RAW in read
    return view.name.startswith(PIPELINES) and view.group in read


def _pipeline(what: str) -> str:
    return "" if what == RAW else what


def _sites(role: AccessRole) -> tuple[str, ...]:
    return ("",) if role.sites is None else role.sites
