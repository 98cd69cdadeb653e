"""What sudo asks for on machines of their own."""

from __future__ import annotations

from aiotctl.engine.protocols import Vault
from aiotctl.model.blueprint import HostPlace


def sudo_password(place: HostPlace | None, vault: Vault) -> str:
    """The password that the blueprint names for a machine, from the vault; empty where it names none."""
    name = place.become_secret if place else ""
    return vault.values([name])[name] if name else ""
