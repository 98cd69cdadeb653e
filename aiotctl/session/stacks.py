"""The cloud stacks of an environment: where they are worked on, and what an apply would do to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from aiotctl.engine import bind
from aiotctl.engine.applied import load_applied
from aiotctl.engine.protocols import BoundUnit, Preview, Previewing, Vault
from aiotctl.errors import Exit, failure
from aiotctl.model.bundle import Bundle
from aiotctl.model.events import Event
from aiotctl.model.plan import Action, Plan
from aiotctl.model.primitives import Rendered
from aiotctl.model.record import Record
from aiotctl.session.environment import Environment
from aiotctl.stores import pulumi_url, ready_for_pulumi
from aiotctl.stores.generators import generate

if TYPE_CHECKING:
    from aiotctl.backends.pulumi_units import StackBackend
    from aiotctl.toolbox.tool import Tool

KIND = "stack"
PASSPHRASE = "pulumi/passphrase"  # noqa: S105 - the vault's name of it
STATE = "pulumi"
"""The folder of Pulumi's backend, beside record and vault."""

Tell = Callable[[Event], None]


def stack_backend(environment: Environment, tell: Tell = lambda _: None) -> StackBackend:
    """The backend for stacks as an apply has it: the passphrase is born where there is none."""
    return _backend(environment, tell, lambda: environment.vault.values([PASSPHRASE])[PASSPHRASE])


def previewing(
    environment: Environment, bundle: Bundle, record: Record, refresh: bool, stamped: bool, tell: Tell
) -> Previewing:
    """Asks the engine what would happen to stacks. Nothing is written: a secret that is not born yet is
    another one each time, which nothing can hang on before the first apply.
    """

    def ask(units: Sequence[str], gone: Sequence[str]) -> Mapping[str, Preview]:
        backend = _backend(environment, tell, lambda: _peeked(environment.vault, [PASSPHRASE])[PASSPHRASE])
        wanted = [_unit(environment, record, address, bundle.render(address)) for address in units]
        leaving = [_leaving(environment, record, address) for address in gone]
        return backend.preview([*wanted, *leaving], refresh, stamped)

    return ask


def require_unmoved(environment: Environment, saved: Plan, bundle: Bundle, record: Record) -> None:
    """Raises AiotctlError (STALE) where a stack is not as it was when the plan was made and saved."""
    stamped = {change.address: change for change in saved.changes if change.kind == KIND}
    if not stamped:
        return
    units = [
        _leaving(environment, record, address)
        if change.action is Action.DELETE
        else _unit(environment, record, address, bundle.render(address))
        for address, change in stamped.items()
    ]
    now = stack_backend(environment).versions(units)
    moved = sorted(address for address, change in stamped.items() if now.get(address) != change.version)
    if moved:
        raise failure(
            "stale-plan",
            "The plan is stale",
            f"Something else has changed {', '.join(moved)} since the plan was made.",
            "Make a new plan and look at it before you apply it.",
            Exit.STALE,
        )


def _backend(environment: Environment, tell: Tell, passphrase: Callable[[], str]) -> StackBackend:
    from aiotctl.backends.pulumi_units import StackBackend, Workplace
    from aiotctl.toolbox.settings import from_environment

    logs = environment.project / ".aiotctl" / "logs"
    cache = from_environment().cache.parent
    state = environment.state

    def ready(project: str, stack: str) -> None:
        ready_for_pulumi(state, STATE, project, stack)

    url = pulumi_url(state, STATE)
    return StackBackend(Workplace(url, cache, logs, lambda: _engine(tell), passphrase, ready=ready))


def _engine(tell: Tell) -> Tool:
    from aiotctl.toolbox.obtain import ensure

    return ensure(["pulumi"], tell)["pulumi"]


def _unit(environment: Environment, record: Record, address: str, rendered: Rendered) -> BoundUnit:
    before = record.units.get(address)
    secrets = _peeked(environment.vault, bind.secret_names(rendered))
    return BoundUnit(address, rendered, record.outputs, secrets, state=before.state if before else "")


def _leaving(environment: Environment, record: Record, address: str) -> BoundUnit:
    before = record.units[address]
    rendered = load_applied(environment.store, before).rendered
    return BoundUnit(address, rendered, record.outputs, remove=True, state=before.state)


def _peeked(vault: Vault, names: Sequence[str]) -> Mapping[str, str]:
    """The values of these secrets; of those that are not born yet, values of their kind that nobody keeps."""
    known = [name for name, print_ in vault.fingerprints(names).items() if print_]
    values = dict(vault.values(known)) if known else {}
    return values | {name: generate(name)[name] for name in names if name not in values}
