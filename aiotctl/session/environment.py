"""One environment of one project, opened: its store, its vault, its place on this machine."""

from __future__ import annotations

import uuid
from collections import ChainMap
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from aiotctl import __version__
from aiotctl.backends.all_surroundings import AllSurroundings
from aiotctl.backends.manifest import Owner
from aiotctl.backends.remote_surroundings import RemoteSurroundings
from aiotctl.backends.surroundings import LocalSurroundings, environment_base
from aiotctl.engine import bind
from aiotctl.engine.ledger import recovered
from aiotctl.engine.protocols import BoundUnit, Store, Vault
from aiotctl.errors import failure
from aiotctl.model.primitives import Host, Rendered
from aiotctl.model.record import Record
from aiotctl.session.certificates import complete
from aiotctl.session.logins import Logins
from aiotctl.session.programs import obtain
from aiotctl.stores import open_store, open_vault, state_of
from aiotctl.stores.entry import Notify


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the state of an environment lives. ``blueprint`` is the blueprint's name, not its file; ``state``
    the URL or path of record and vault.
    """

    project: Path
    blueprint: str
    name: str
    store: Store
    vault: Vault
    state: str

    def record(self) -> Record | None:
        """The record with what a killed apply left in its journal, or None before the first apply. Raises
        AiotctlError when it belongs to another blueprint.
        """
        record = self.store.load()
        if record is not None:
            record = recovered(record, self.store.journal())
        if record is not None and record.blueprint != self.blueprint:
            raise failure(
                "other-blueprint",
                "This state belongs to another blueprint",
                f"The record of environment {self.name!r} is of blueprint {record.blueprint!r}, "
                f"not {self.blueprint!r}.",
                "Give the blueprint its old name again, or destroy the old environment first.",
            )
        return record

    def record_or_new(self) -> Record:
        """The record, or an empty one with a lineage of its own."""
        return self.record() or Record(str(uuid.uuid4()), 0, self.blueprint, self.name, __version__)

    def owner(self, record: Record) -> Owner:
        """Whom the hosts of this environment belong to."""
        return Owner(self.blueprint, self.name, record.lineage)

    def bound(self, record: Record, address: str, rendered: Rendered) -> BoundUnit:
        """A unit with the values of its references as the record and the vault have them."""
        places: dict[str, str] = {}
        if isinstance(rendered, Host):
            places.update(self.surroundings(record).places(rendered))
        places.update(bind.nearby(rendered, record.outputs))
        outputs = ChainMap(places, cast("dict[str, str]", record.outputs))
        here = self.placed(record, rendered)
        complete(self.vault, here)
        names = bind.secret_names(here)
        return BoundUnit(address, here, outputs, self.vault.values(names) if names else {})

    def placed(self, record: Record, rendered: bind.AnyRendered) -> bind.AnyRendered:
        """A unit with the address of its machine, where a stack made that."""
        return bind.placed(rendered, record.outputs, Logins(self.vault))

    def surroundings(self, record: Record) -> AllSurroundings:
        """What hosts find in place."""
        local = LocalSurroundings(environment_base(record.lineage), obtain)
        return AllSurroundings(local, RemoteSurroundings(record.lineage, obtain, Logins(self.vault)))

    def folder(self, record: Record, host: str) -> Path:
        """The folder of a host that lives on this machine, by the host's address."""
        return environment_base(record.lineage) / ".".join(host.split("/")[1:])


def open_environment(
    project: Path, blueprint: str, name: str, state: str | None, notify: Notify
) -> Environment:
    """Opens an environment; ``state`` is its URL, None for the project's own folder."""
    project = project.resolve()
    where = state_of(project, name, state)
    return Environment(project, blueprint, name, open_store(where, notify), open_vault(where, project), where)
