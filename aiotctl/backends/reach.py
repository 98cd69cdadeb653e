"""Reaching a server of a host: directly on this machine, through an SSH tunnel on a machine of its own."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from aiotctl.model.blueprint import HostPlace

LOOPBACK = "127.0.0.1"


@contextmanager
def reached(
    place: HostPlace | None, host: str, port: int, beyond: bool = False
) -> Generator[tuple[str, int]]:
    """Address and port at which a server is dialled from here. A machine of its own needs no port
    but that of its SSH server to be open to this one. ``beyond``: the server is not on that machine, which
    only reaches it. Raises AiotctlError where it cannot be reached.
    """
    if place is None:
        yield host, port
        return
    from aiotctl.backends.tunnel import tunnel

    with tunnel(place, host if beyond else LOOPBACK, port) as local:
        yield LOOPBACK, local
