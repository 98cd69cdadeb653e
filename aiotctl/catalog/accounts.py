"""What a service on a host of its own has to itself: an account, and what it may read and write."""

from __future__ import annotations

from dataclasses import replace

from aiotctl.catalog.entry import Contribution
from aiotctl.model.deployment import Deployment

GROUP_READABLE = 0o640
TRAVERSABLE = 0o755


def owned(deployment: Deployment, contribution: Contribution, account: str) -> Contribution:
    """The contribution with all of it given to an account; as it is where everything runs on this machine.

    Files and their folders belong to root and can be read by the account; folders that hold data belong to
    it, and its services may write those.
    """
    if deployment.environment.local:
        return contribution
    writes = tuple(directory.path for directory in contribution.directories if directory.data)
    return replace(
        contribution,
        directories=tuple(
            replace(one, account=account) if one.data else replace(one, mode=TRAVERSABLE)
            for one in contribution.directories
        ),
        files=tuple(replace(one, account=account, mode=GROUP_READABLE) for one in contribution.files),
        services=tuple(replace(one, account=account, writes=writes) for one in contribution.services),
    )


def joined(*parts: Contribution) -> Contribution:
    """Several contributions to one host as one."""
    return Contribution(
        programs=tuple(dict.fromkeys(name for part in parts for name in part.programs)),
        directories=tuple(one for part in parts for one in part.directories),
        files=tuple(one for part in parts for one in part.files),
        services=tuple(one for part in parts for one in part.services),
        packages=tuple(dict.fromkeys(one for part in parts for one in part.packages)),
        certificates=tuple(dict.fromkeys(one for part in parts for one in part.certificates)),
    )
