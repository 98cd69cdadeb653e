"""Where the time-series database answers, on a host or in a cloud."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager

from aiotctl.backends.authority import kept
from aiotctl.backends.reach import reached
from aiotctl.engine.protocols import Vault
from aiotctl.model import names
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.primitives import Route
from aiotctl.probes.flow.sources import Database

SERVER = ("sql.host", "sql.port")
MANAGED = ("database/host", "database/port")
AUTHORITY = f"{names.STACK}#database/ca"
"""The output with who signed the certificate of a cloud's database (PEM)."""


def server(outputs: Mapping[str, str], service: str) -> tuple[str, str]:
    """Host and port of a database by its service, or by the stack that makes it; empty where they are not
    known.
    """
    host, port = MANAGED if service == names.STACK else SERVER
    return outputs.get(f"{service}#{host}", ""), outputs.get(f"{service}#{port}", "")


@contextmanager
def reader(
    route: Route | None, outputs: Mapping[str, str], vault: Vault, place_of: Callable[[str], HostPlace | None]
) -> Generator[Database]:
    """The database as its reader reaches it, for as long as the context lasts. A cloud's is reached by way of
    the host that writes to it.
    """
    service = route.database if route else names.DATABASE
    managed = service == names.STACK
    host, port = server(outputs, service)
    beside = route.writer if route and managed else service
    secret = names.database_secret("reader")
    with ExitStack() as stack:
        place = place_of(beside.partition("/service/")[0])
        address, number = stack.enter_context(reached(place, host, int(port or 0), beyond=managed))
        authority = stack.enter_context(kept(outputs[AUTHORITY])) if managed else ""
        password = vault.values([secret])[secret]
        name = host if managed else ""
        yield Database(address, number, password, server=name, authority=authority)
