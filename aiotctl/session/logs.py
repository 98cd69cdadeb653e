"""Where what the services say is kept."""

from __future__ import annotations

from pathlib import Path

from aiotctl.engine.applied import load_applied
from aiotctl.errors import Exit, failure
from aiotctl.model import address
from aiotctl.model.primitives import Host
from aiotctl.session.environment import Environment
from aiotctl.session.looking import log_file


def log_files(environment: Environment, wanted: str = "") -> dict[str, Path]:
    """The log of each service that was applied, by address. ``wanted`` limits them: an address, the beginning
    of addresses (with or without ``host/``), or a service's plain name.
    """
    record = environment.record()
    units = record.units.items() if record else ()
    rendered = {where: load_applied(environment.store, unit).rendered for where, unit in units}
    services = [
        address.service(where, service.name)
        for where, host in sorted(rendered.items())
        if isinstance(host, Host)
        for service in host.services
    ]
    beginnings = (wanted, f"host/{wanted}")
    chosen = [one for one in services if one.startswith(beginnings) or one.endswith(f"/service/{wanted}")]
    if not chosen or record is None:
        raise failure(
            "no-service",
            "There is no such service",
            f"Nothing that was applied is called {wanted!r}." if wanted else "Nothing has been applied.",
            f"Services are: {', '.join(services)}" if services else "Apply first: aiotctl apply",
            Exit.USAGE if wanted else Exit.ERROR,
        )
    return {service: log_file(environment, record, service) for service in chosen}
