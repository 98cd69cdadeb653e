"""Apply and destroy of one environment."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from aiotctl.backends import private_folder
from aiotctl.engine.batches import Means
from aiotctl.engine.removal import destroy_plan, nothing
from aiotctl.engine.secrets import changed_secrets
from aiotctl.errors import Exit, failure
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Event, Finished, Planned, Warned
from aiotctl.model.plan import Plan
from aiotctl.model.record import Record
from aiotctl.session import certificates, stacks
from aiotctl.session.backends import backends
from aiotctl.session.certificates import CertifiedSurroundings
from aiotctl.session.environment import Environment
from aiotctl.session.health import FleetHealth
from aiotctl.session.planning import Options, check_selection, look, planned
from aiotctl.session.preflight import require_ready, unready
from aiotctl.session.retiring import carry_out

Consent = Callable[[Plan], bool]
"""Shows a plan and says whether to go on."""


def apply(
    environment: Environment,
    bundle: Bundle,
    options: Options,
    consent: Consent,
    tell: Callable[[Event], None],
    cancelled: Callable[[], bool],
) -> Finished | None:
    """Makes the environment as the bundle wants it. None where nobody consented."""
    with _alone(environment, "apply", options):
        record = environment.record_or_new()
        check_selection(bundle, record, options.selection)
        certificates.renew(environment.vault, record)
        secrets = changed_secrets(record.units, environment.vault)
        if options.certificates_only:
            options = replace(
                options, selection=certificates.holders(bundle, record, options.selection, secrets)
            )
        looks = bundle.local or options.refresh
        world = look(environment, bundle, record, options.selection, secrets) if looks else None
        made = planned(environment, bundle, record, options, world, secrets, tell)
        whole = world is not None and options.selection.is_whole
        seen = replace(record, checked_at=world.at) if world and whole else record
        finished, saved = _carry_out(environment, made, bundle, seen, options, consent, tell, cancelled)
        if finished is not None and options.refresh and whole and saved.serial == record.serial:
            environment.store.save(replace(saved, serial=saved.serial + 1))
        return finished


def apply_saved(
    environment: Environment,
    saved: Plan,
    bundle: Bundle,
    options: Options,
    tell: Callable[[Event], None],
    cancelled: Callable[[], bool],
) -> Finished | None:
    """Applies a saved plan as it was shown. Raises AiotctlError (STALE) when the record has moved since."""
    with _alone(environment, "apply", options):
        record = environment.record() or Record(
            saved.lineage, 0, environment.blueprint, environment.name, bundle.version
        )
        if (record.lineage, record.serial) != (saved.lineage, saved.serial):
            raise failure(
                "stale-plan",
                "The plan is stale",
                f"It was made against serial {saved.serial} of the record, which now has serial "
                f"{record.serial}.",
                "Make a new plan and look at it before you apply it.",
                Exit.STALE,
            )
        stacks.require_unmoved(environment, saved, bundle, record)
        return _carry_out(environment, saved, bundle, record, options, lambda _: True, tell, cancelled)[0]


def destroy(
    environment: Environment,
    options: Options,
    consent: Consent,
    tell: Callable[[Event], None],
    cancelled: Callable[[], bool],
) -> Finished | None:
    """Takes everything away that the record knows. The state itself goes when all went well and data was
    purged.
    """
    with _alone(environment, "destroy", options):
        record = environment.record()
        if record is None or not record.units:
            finished = Finished(0, 0, 0, False, 0.0)
            tell(finished)
        else:
            empty = nothing(record)
            ask = stacks.previewing(environment, empty, record, refresh=False, stamped=False, tell=tell)
            made = destroy_plan(record, environment.store, ask)
            finished, _ = _carry_out(environment, made, empty, record, options, consent, tell, cancelled)
        if finished is None or finished.failed or finished.skipped:
            return finished
        if options.purge_data:
            environment.store.remove()
    return finished


@contextmanager
def _alone(environment: Environment, operation: str, options: Options) -> Generator[None]:
    """Holds the environment's lock; what a killed aiotctl left of a play works no more."""
    with environment.store.lock(operation, options.lock_timeout):
        private_folder.sweep()
        yield


def _carry_out(
    environment: Environment,
    made: Plan,
    bundle: Bundle,
    record: Record,
    options: Options,
    consent: Consent,
    tell: Callable[[Event], None],
    cancelled: Callable[[], bool],
) -> tuple[Finished | None, Record]:
    _require_consent_to_loss(made, options)
    findings = require_ready(
        made, bundle, record.lineage, environment.vault, partial(environment.placed, record)
    )
    if findings:
        tell(Warned(findings))
    if not made.is_empty and not consent(made):
        return None, record
    tell(Planned(made))
    means = Means(
        environment.store,
        environment.vault,
        backends(environment, record, tell),
        CertifiedSurroundings(
            environment.surroundings(record),
            environment.vault,
            partial(unready, bundle=bundle, lineage=record.lineage, vault=environment.vault),
        ),
        FleetHealth(environment, bundle, made.rollout.health),
        tell,
        cancelled,
    )
    return carry_out(made, bundle, record, means, options.purge_data)


def _require_consent_to_loss(made: Plan, options: Options) -> None:
    """Raises AiotctlError where stored data would go with resources of a cloud, and nobody said they may."""
    if options.allow_data_loss or options.purge_data:
        return
    losing = [(change.address, one) for change in made.changes for one in change.loses_data]
    if losing:
        lines = [f"{unit}: {one.action.value} {one.type} {one.name}" for unit, one in losing]
        raise failure(
            "data-loss",
            "Stored data would be lost",
            "These hold data, and it goes with them:\n" + "\n".join(lines),
            "Copy away what is to stay. Where the data may go, say --allow-data-loss.",
        )
