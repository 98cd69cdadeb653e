"""The standard address space, made once a process and shared by all its servers.

Its thousands of nodes take the best part of a second and 30 MB to make. A server copies one when it first
touches it, so that a plant with fifty OPC UA devices starts about as fast as one with a single device.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

from asyncua.server.internal_server import InternalServer

Nodes = MutableMapping[Any, Any]


class OwnCopies(MutableMapping[Any, Any]):
    """A mapping over another that is never changed: what is read is copied first, what is written stays
    here.
    """

    def __init__(self, shared: Nodes) -> None:
        self._shared = shared
        self._own: dict[Any, Any] = {}
        self._gone: set[Any] = set()

    def __getitem__(self, key: Any) -> Any:
        if key not in self._own:
            if key in self._gone:
                raise KeyError(key)
            self._own[key] = copy.deepcopy(self._shared[key])
        return self._own[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._own[key] = value
        self._gone.discard(key)

    def __delitem__(self, key: Any) -> None:
        if key not in self:
            raise KeyError(key)
        self._own.pop(key, None)
        self._gone.add(key)

    def __contains__(self, key: object) -> bool:
        return key in self._own or (key not in self._gone and key in self._shared)

    def __iter__(self) -> Iterator[Any]:
        yield from self._own
        yield from (key for key in self._shared if key not in self._own and key not in self._gone)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class SharedSpaceServer(InternalServer):
    """A server's inside whose standard nodes are its own only once it touches them."""

    _standard: Nodes | None = None

    async def load_standard_address_space(self, shelf_file: Path | None = None) -> None:
        """Take the shared nodes, made by the first server that needs them."""
        space: Any = self.aspace
        standard = SharedSpaceServer._standard
        if standard is None:
            await super().load_standard_address_space(shelf_file)
            standard = SharedSpaceServer._standard = space._nodes
        space._nodes = OwnCopies(standard)
