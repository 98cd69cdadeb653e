"""Which units were applied with another value of a secret than the vault gives now.

The record holds a fingerprint of each secret that a unit was given, so a changed password is seen without
rendering anything and without reading what was applied.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiotctl.engine.protocols import Vault
from aiotctl.model.record import UnitRecord


def changed_secrets(units: Mapping[str, UnitRecord], vault: Vault) -> Mapping[str, tuple[str, ...]]:
    """The names of the changed secrets by the units that use them; the vault stays shut where none does."""
    given = {pair for unit in units.values() for pair in unit.secrets.items()}
    if not given:
        return {}
    now = vault.fingerprints({name for name, _ in given})
    changed = {name for name, was in given if now[name] != was}
    if not changed:
        return {}
    found = {
        address: tuple(sorted(name for name, was in unit.secrets.items() if now[name] != was))
        for address, unit in units.items()
        if not changed.isdisjoint(unit.secrets)
    }
    return {address: secrets for address, secrets in found.items() if secrets}
