"""The engine's backend for stacks: each is an operation of Pulumi in a child process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aiotctl.backends.pulumi_errors import diagnostics
from aiotctl.backends.pulumi_files import log_file, project_folder
from aiotctl.backends.pulumi_preview import is_shown, name_of, preview
from aiotctl.backends.pulumi_process import side_by_side
from aiotctl.backends.pulumi_request import FILE, Operation, Request
from aiotctl.backends.pulumi_told import Outputs, Pending, Phase, Stamp, Step, Told, Waiting
from aiotctl.backends.stack_folder import project_name, stack_folder, stack_name
from aiotctl.diagnostics import Diagnostic
from aiotctl.engine import bind
from aiotctl.engine.protocols import BoundUnit, Preview
from aiotctl.errors import AiotctlError
from aiotctl.model.cloud import Arguments
from aiotctl.model.events import Event, UnitDone, UnitFailed, UnitProgress
from aiotctl.model.plan import Drift
from aiotctl.model.primitives import Stack
from aiotctl.shipped import shipped

NAMESPACE = "aiotctl"
_PAST = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created anew",
    "delete-replaced": "deleted, replaced",
    "read": "read",
    "import": "imported",
}
"""The engine's words for steps, once they are done."""


class EngineProgram(Protocol):
    """The engine in its place."""

    @property
    def path(self) -> Path: ...

    @property
    def version(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where stacks are worked on: ``state`` is the URL of Pulumi's backend, ``cache`` a private folder for
    emitted projects and Pulumi's own things, ``logs`` that of the whole logs. ``engine`` obtains the program,
    ``passphrase`` gives the one of the stacks' secrets; ``shipped`` holds the stacks' programs. ``ready`` is
    called with project and stack before an operation that locks the state.
    """

    state: str
    cache: Path
    logs: Path
    engine: Callable[[], EngineProgram]
    passphrase: Callable[[], str]
    shipped: Path = field(default_factory=lambda: shipped("stacks"))
    ready: Callable[[str, str], None] = lambda project, stack: None


class StackBackend:
    """Stacks, each previewed, made or removed by an engine of its own, side by side."""

    def __init__(self, workplace: Workplace) -> None:
        self._place = workplace

    def preview(
        self, batch: Sequence[BoundUnit], refresh: bool = False, stamped: bool = False
    ) -> Mapping[str, Preview]:
        """What would happen to each stack, made or removed. ``refresh`` looks at the cloud first; ``stamped``
        tells the versions of the states too. Raises AiotctlError with all findings where an engine or a cloud
        refuses.
        """
        works = [
            self._work(unit, Operation.CONTENTS if unit.remove else Operation.PREVIEW, refresh, stamped)
            for unit in batch
        ]
        found: list[Diagnostic] = []
        previews: dict[str, Preview] = {}
        for work, told in _all_told(works):
            wrong = diagnostics(work.unit.address, told, Path(work.request.log))
            found += wrong
            if not wrong:
                previews[work.unit.address] = preview(told, work.arguments)
        if found:
            raise AiotctlError(found)
        return previews

    def versions(self, batch: Sequence[BoundUnit]) -> Mapping[str, str]:
        """The version of each stack's state; empty for one that is not there."""
        works = [self._work(unit, Operation.STATE) for unit in batch]
        found: list[Diagnostic] = []
        versions: dict[str, str] = {}
        for work, told in _all_told(works):
            found += diagnostics(work.unit.address, told, Path(work.request.log))
            for one in told:
                if isinstance(one, Stamp):
                    versions[work.unit.address] = one.version
        if found:
            raise AiotctlError(found)
        return versions

    def observe(self, batch: Sequence[BoundUnit]) -> Mapping[str, tuple[Drift, ...]]:
        """What the cloud tells otherwise than it was made."""
        return {address: found.drift for address, found in self.preview(batch, refresh=True).items()}

    def run(self, batch: Sequence[BoundUnit], cancelled: Callable[[], bool]) -> Iterator[Event]:
        """Makes or removes each stack."""
        began = time.monotonic()
        works = [
            self._work(unit, Operation.DESTROY if unit.remove else Operation.UP, unit.refresh)
            for unit in batch
        ]
        told_of: dict[str, list[Told]] = {unit.address: [] for unit in batch}
        requests = [work.request for work in works]
        for number, told in side_by_side(requests, cancelled):
            work = works[number]
            address = work.unit.address
            if told is not None:
                told_of[address].append(told)
                yield from _progress(address, told)
            else:
                yield from _end(work, told_of[address], time.monotonic() - began)

    def _work(
        self, unit: BoundUnit, operation: Operation, refresh: bool = False, stamped: bool = False
    ) -> _Work:
        stack = unit.rendered
        assert isinstance(stack, Stack)
        arguments = stack.arguments if unit.remove else bind.arguments(stack, unit.secrets)
        engine = self._place.engine()
        name = stack_name(arguments.environment, stack.address)
        folder = project_folder(
            self._place.cache / "stacks", stack_folder(stack.address, arguments, self._place.shipped)
        )
        state = self._place.state
        if operation in (Operation.UP, Operation.DESTROY):
            if state.startswith(FILE):
                Path(state.removeprefix(FILE)).mkdir(parents=True, exist_ok=True, mode=0o700)
            self._place.ready(project_name(arguments.blueprint), name)
        request = Request(
            operation=operation,
            folder=str(folder),
            project=project_name(arguments.blueprint),
            stack=name,
            state=state,
            engine=str(engine.path),
            version=engine.version,
            home=str(self._place.cache / "pulumi"),
            log=str(log_file(self._place.logs, name, operation.value)),
            passphrase=self._place.passphrase(),
            secrets={}
            if unit.remove
            else {f"{NAMESPACE}:{key}": unit.secrets[ref.name] for key, ref in stack.secrets},
            exists=unit.state == "applied",
            refresh=refresh,
            unfinished=unit.state == "unknown",
            stamped=stamped,
            unprotect=unit.remove,
            secrets_provider=stack.secrets_provider,
        )
        return _Work(unit, arguments, request)


@dataclass(frozen=True, slots=True)
class _Work:
    """One operation of one stack."""

    unit: BoundUnit
    arguments: Arguments
    request: Request


def _all_told(works: Sequence[_Work]) -> list[tuple[_Work, list[Told]]]:
    told_of: list[list[Told]] = [[] for _ in works]
    for number, told in side_by_side([work.request for work in works], lambda: False):
        if told is not None:
            told_of[number].append(told)
    return list(zip(works, told_of, strict=True))


def _progress(address: str, told: Told) -> Iterator[Event]:
    match told:
        case Step(phase=Phase.DONE, looked=False) if told.op in _PAST and is_shown(told):
            yield UnitProgress(address, f"{told.type} {name_of(told.urn)}", _PAST[told.op])
        case Pending():
            for urn, what in told.operations:
                yield UnitProgress(address, name_of(urn), f"was cut short while {what}; looked for")
        case Waiting(broken=True):
            yield UnitProgress(address, f"lock of process {told.pid}", "taken away, it is gone")
        case _:
            pass


def _end(work: _Work, told: Sequence[Told], seconds: float) -> Iterator[Event]:
    address, log = work.unit.address, Path(work.request.log)
    wrong = diagnostics(address, told, log)
    if wrong:
        first, *others = wrong
        more = [f"{one.summary}: {one.detail.partition(chr(10))[0]}" for one in others]
        yield UnitFailed(address, first, tuple(more))
        return
    done = [one for one in told if isinstance(one, Step) and one.phase is Phase.DONE and not one.looked]
    items = tuple(
        (f"resource {name_of(one.urn)}", one.op) for one in done if one.op in _PAST and is_shown(one)
    )
    values: dict[str, str] = {}
    secret: dict[str, str] = {}
    for one in told:
        if isinstance(one, Outputs):
            values |= {name: value for name, value in one.values.items() if value is not None}
            secret |= one.secret
    yield UnitDone(address, items, seconds, values, secret)
