"""Certificates of what is gone: revoked once it is gone, and not before."""

from __future__ import annotations

from dataclasses import replace

from aiotctl.engine.applier import Apply
from aiotctl.engine.batches import Means
from aiotctl.engine.planner import make_plan
from aiotctl.engine.secrets import changed_secrets
from aiotctl.engine.selection import Selection
from aiotctl.model.address import is_central
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Event, Finished
from aiotctl.model.names import CRL
from aiotctl.model.plan import Plan
from aiotctl.model.record import Record
from aiotctl.session import certificates


def carry_out(
    made: Plan, bundle: Bundle, record: Record, means: Means, purge_data: bool
) -> tuple[Finished, Record]:
    """Carries a plan out, and revokes what only those units used that are gone now: a unit that could not be
    removed, or that the rollout did not come to, keeps its certificate.

    The central hosts get the list of revocations at once. Gateways let nobody in but their own programs and
    devices; they get it with their next change.
    """

    def tell(event: Event) -> None:
        if not isinstance(event, Finished):
            means.tell(event)

    told_once = replace(means, tell=tell)
    finished, saved = Apply(made, bundle, record, told_once, purge_data).run()
    retired = certificates.retire(means.vault, record, saved)
    if retired and not (finished.interrupted or finished.stopped):
        more, saved = _tell_central_hosts(bundle, saved, told_once)
        finished = _together(finished, more)
    means.tell(finished)
    return finished, saved


def _tell_central_hosts(bundle: Bundle, record: Record, means: Means) -> tuple[Finished, Record]:
    secrets = {
        address: names
        for address, names in changed_secrets(record.units, means.vault).items()
        if is_central(address) and CRL in names
    }
    only = certificates.holders(bundle, record, Selection(), secrets)
    made = make_plan(bundle, record, means.store, only, secrets=secrets)
    return Apply(made, bundle, record, means).run()


def _together(first: Finished, second: Finished) -> Finished:
    return replace(
        second,
        done=first.done + second.done,
        failed=first.failed + second.failed,
        skipped=first.skipped + second.skipped,
        seconds=first.seconds + second.seconds,
        unreachable=first.unreachable + second.unreachable,
    )
