"""One operation of one stack by Pulumi's Automation API. Used in the child process."""

from __future__ import annotations

import hashlib
import json
import os
import random
import runpy
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from pulumi.automation import CommandResult, LocalWorkspace, OutputMap, Stack, UpdateSummary, Workspace
from pulumi.automation.errors import (
    CommandError,
    ConcurrentUpdateError,
    StackAlreadyExistsError,
    StackNotFoundError,
)
from pulumi.runtime import config

from aiotctl.backends.pulumi_engine import Engine
from aiotctl.backends.pulumi_events import Events
from aiotctl.backends.pulumi_locks import holders, is_gone
from aiotctl.backends.pulumi_request import FILE, Operation, Request
from aiotctl.backends.pulumi_told import Ended, Outputs, Pending, Phase, Stamp, Step, Told, Waiting, Why

Tell = Callable[[Told], None]
ABSENT = "absent"
"""The version of a stack's state where there is no such stack."""

LOCK_PATIENCE_S = 120
"""So long another engine is waited for: one whose aiotctl was killed ends what it does by itself."""

_NOTHING = UpdateSummary("", datetime.fromtimestamp(0, UTC), "", {}, {}, "")


class _Workspace(LocalWorkspace):
    """A workspace that does not ask for a stack that an apply has made: every command names it anyway."""

    exists = False

    def select_stack(self, stack_name: str) -> None:
        if not self.exists:
            super().select_stack(stack_name)


class _Stack(Stack):
    """A stack whose outputs and history are not asked for after each operation: events told them."""

    def outputs(self) -> OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary | None:
        return _NOTHING


def carry_out(request: Request, tell: Tell, watching: Callable[[Callable[[], None]], None]) -> None:
    """Carries a request out and tells how it went. ``watching`` is given what stops the engine."""
    engine = Engine(request.engine, request.version, Path(request.log))
    watching(engine.stop)
    try:
        _Work(request, tell, engine).run()
        tell(Ended())
    except ConcurrentUpdateError as error:
        for holder in holders(str(error)):
            tell(holder)
        tell(Ended(Why.LOCKED, str(error)))
    except CommandError as error:
        tell(Ended(Why.CANCELLED if engine.stopped else Why.ENGINE, str(error)))


class _Work:
    """One request under way."""

    def __init__(self, request: Request, tell: Tell, engine: Engine) -> None:
        self.request = request
        self.tell = tell
        self.engine = engine
        self.events = Events(tell)

    def run(self) -> None:
        """Opens the stack and does what was asked."""
        match self.request.operation:
            case Operation.PREVIEW:
                self._preview()
            case Operation.UP:
                self._up()
            case Operation.DESTROY:
                self._destroy()
            case Operation.CONTENTS | Operation.STATE:
                self._look()

    def _preview(self) -> None:
        with tempfile.TemporaryDirectory(prefix="aiotctl-preview-") as scratch:
            try:
                stack = self._seen()
                self._known(stack)
            except StackNotFoundError:  # a plan makes nothing, not even an empty stack
                workspace = self._workspace(f"{FILE}{scratch}")
                workspace.create_stack(self.request.stack)
                workspace.exists = True
                stack = self._opened(workspace)
                self.tell(Stamp(ABSENT))
            self._patiently(
                stack.workspace,
                lambda: stack.preview(on_event=self.events, refresh=self.request.refresh or None),
            )

    def _up(self) -> None:
        workspace = self._workspace(self.request.state)
        workspace.secrets_provider = self.request.secrets_provider or None
        try:
            stack = self._opened(workspace)
        except StackNotFoundError:  # the engine keeps with its state what encrypts it
            with suppress(StackAlreadyExistsError):  # another engine was quicker
                self._patiently(workspace, lambda: workspace.create_stack(self.request.stack))
            workspace.exists = True
            stack = self._opened(workspace)
        if self.request.unfinished:
            self._resolve(stack)
        self._patiently(
            workspace, lambda: stack.up(on_event=self.events, refresh=self.request.refresh or None)
        )
        if self.events.secret:
            given = workspace.stack_outputs(self.request.stack)
            self.tell(Outputs({}, {name: str(given[name].value) for name in self.events.secret}))

    def _destroy(self) -> None:
        workspace = self._workspace(self.request.state)
        try:
            stack = self._opened(workspace)
        except StackNotFoundError:
            return
        if self.request.unfinished:
            self._resolve(stack)
        if self.request.unprotect:
            words = "state", "unprotect", "--all", "--yes", "--stack", self.request.stack
            self._patiently(workspace, lambda: self._command(workspace, *words))
        self._patiently(workspace, lambda: stack.destroy(on_event=self.events))
        workspace.remove_stack(self.request.stack)

    def _look(self) -> None:
        try:
            deployment = self._deployment(self._seen())
        except StackNotFoundError:
            self.tell(Stamp(ABSENT))
            return
        self.tell(Stamp(_version(deployment)))
        if self.request.operation is Operation.CONTENTS:
            for one in cast("list[dict[str, Any]]", deployment.get("resources") or []):
                custom = bool(one.get("custom"))
                self.tell(Step(Phase.BEGUN, "delete", one["urn"], one["type"], custom=custom))

    def _resolve(self, stack: Stack) -> None:
        """Forgets operations that were cut short, after a look at what is really there. A provider finds
        what bears its resource's name when it is to be created again.
        """
        if self._known(stack):
            self._patiently(
                stack.workspace,
                lambda: stack.refresh(on_event=Events(self.tell), clear_pending_creates=True),
            )

    def _known(self, stack: Stack) -> bool:
        """Tells of the stack's state what was asked, and whether operations in it were cut short."""
        if not (self.request.stamped or self.request.unfinished):
            return False
        deployment = self._deployment(stack)
        pending = cast("list[dict[str, Any]]", deployment.get("pending_operations") or [])
        if pending:
            self.tell(Pending(tuple((one["resource"]["urn"], one["type"]) for one in pending)))
        self.tell(Stamp(_version(deployment)))
        return bool(pending)

    def _deployment(self, stack: Stack) -> dict[str, Any]:
        """The stack's state, its secrets encrypted."""
        printed = self._command(stack.workspace, "stack", "export", "--stack", stack.name)
        return cast("dict[str, Any]", json.loads(printed)["deployment"] or {})

    def _command(self, workspace: Any, *words: str) -> str:
        return self.engine.run(list(words), workspace.work_dir, workspace.env_vars).stdout

    def _seen(self) -> Stack:
        """The stack, to look at. The engine would make a folder for a state that is not there."""
        state = self.request.state
        if state.startswith(FILE) and not Path(state.removeprefix(FILE)).is_dir():
            raise StackNotFoundError(CommandResult("", "there is no state", 1))
        return self._opened(self._workspace(state))

    def _opened(self, workspace: _Workspace) -> Stack:
        return _Stack.select(self.request.stack, workspace)

    def _workspace(self, state: str) -> _Workspace:
        asked = self.request
        Path(asked.home).mkdir(parents=True, exist_ok=True, mode=0o700)
        workspace = _Workspace(
            work_dir=asked.folder,
            pulumi_home=asked.home,
            program=lambda: _program(Path(asked.folder), asked.secrets),
            env_vars=_environment(asked, state),
            pulumi_command=self.engine,
        )
        workspace.exists = asked.exists
        return workspace

    def _patiently(self, workspace: Workspace, work: Callable[[], object]) -> None:
        """Does it once no other engine holds the stack; takes the lock of one that was killed away.

        An engine writes its lock and then looks for others': of two that begin at once both may be refused,
        so each waits for a time of its own. One that was refused ends and takes its lock along: that lock
        must not be mistaken for one of the dead, whose is still there the next time.
        """
        until = time.monotonic() + LOCK_PATIENCE_S
        before: tuple[Waiting, ...] = ()
        while True:
            try:
                work()
                return
            except ConcurrentUpdateError as error:
                held = holders(str(error))
                if held and held == before and all(map(is_gone, held)):
                    self._command(workspace, "cancel", "--yes", "--stack", self.request.stack)
                elif time.monotonic() > until or not _is_here(held) or self.engine.stopped:
                    raise
                else:
                    time.sleep(random.uniform(0.5, 1.5))
                before = held


def _is_here(held: tuple[Waiting, ...]) -> bool:
    return bool(held) and all(one.host == os.uname().nodename for one in held)


def _program(folder: Path, secrets: Mapping[str, str]) -> None:
    """The stack's program, with secrets that are in no file and on no command line."""
    given = {**config.CONFIG.get(), **secrets}
    config.set_all_config(given, [*secrets])
    sys.path.insert(0, str(folder))
    runpy.run_path(str(folder / "__main__.py"), run_name="__main__")


def _environment(request: Request, state: str) -> dict[str, str]:
    """What the engine finds in its environment: our backend and passphrase, programs of our Python first,
    and no network but the cloud's.
    """
    ours = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {
        "PATH": ours,
        "AIOTCTL_PYTHON": sys.executable,
        "PULUMI_BACKEND_URL": state,
        "PULUMI_CONFIG_PASSPHRASE": request.passphrase,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": os.environ.get(
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true"
        ),
    }


def _version(deployment: Mapping[str, Any]) -> str:
    """A digest of resources and pending operations: an apply that changed nothing leaves it as it was."""
    parts = [deployment.get(part) for part in ("resources", "pending_operations")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
