"""What a place for record and vault offers: which URL schemes it answers, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiotctl.diagnostics import Diagnostic
from aiotctl.engine.protocols import Store, Vault

Notify = Callable[[Diagnostic], None]
"""Is told what is worth knowing and no error, such as a lock that was taken over."""


@dataclass(frozen=True, slots=True)
class StoreEntry:
    """One kind of place. ``vault`` also gets the project's folder, where identity and recipients lie."""

    schemes: tuple[str, ...]
    store: Callable[[str, Notify], Store]
    vault: Callable[[str, Path], Vault]
