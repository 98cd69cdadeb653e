"""What apply and destroy have in common: consent, progress, interruption, the end and its exit code."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType

from aiotctl.cli.context import Context
from aiotctl.cli.interruption import Interruption
from aiotctl.diagnostics import Diagnostic
from aiotctl.errors import Exit
from aiotctl.model.events import Event, Finished, Planned, UnitFailed, Warned
from aiotctl.model.plan import Plan
from aiotctl.views.apply import Outcome, telling
from aiotctl.views.apply_end import Commands, show_end
from aiotctl.views.plan import Wish, show_plan

_QUESTIONS = {"apply": "Make it so?", "destroy": "Remove all this?"}


class Carrying:
    """One plan being carried out, as a person sees it. ``done`` is the word for success, ``again`` the
    command that does the same once more; ``only`` is followed by what it is to be limited to.
    """

    def __init__(
        self, here: Context, operation: str, done: str, again: str, yes: bool, only: str = ""
    ) -> None:
        self._here = here
        self._operation = operation
        self._done = done
        self._commands = Commands(
            again, lambda units: " ".join([only or again, *(f"--target {unit}" for unit in units)])
        )
        self._yes = yes
        self._warnings: tuple[Diagnostic, ...] = ()
        self._stack = ExitStack()
        self._outcome = Outcome()

    def __enter__(self) -> Carrying:
        output = self._here.output
        self._interruption = self._stack.enter_context(Interruption(silent=output.notes.live))
        self._tell, self._outcome = self._stack.enter_context(
            telling(output, self._operation, self._interruption.asked)
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, value, trace)

    def consent(self, plan: Plan) -> bool:
        """Shows the plan and asks. Raises AiotctlError where nobody agrees."""
        show_plan(plan, self._here.output, Wish(freshness=self._operation == "apply"))
        self._warn()
        self._here.confirm(_QUESTIONS[self._operation], self._yes)
        return True

    def tell(self, event: Event) -> None:
        """Shows an event; warnings after the plan that they are about. With the plan everything begins that
        an interruption has to wait for.
        """
        if isinstance(event, Warned):
            self._warnings = event.findings
            return
        if isinstance(event, UnitFailed):
            event = replace(event, diagnostic=self._here.placed(event.diagnostic))
        if isinstance(event, Planned):
            self._warn()
            self._interruption.begin()
            if event.plan.is_empty:
                show_plan(event.plan, self._here.output, Wish())
        self._tell(event)

    def _warn(self) -> None:
        findings, self._warnings = self._warnings, ()
        if findings:
            self._here.show(findings)

    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._interruption.asked()

    def end(self, finished: Finished | None) -> Exit:
        """Shows the end and gives the exit code."""
        self._stack.close()
        if finished is None:
            return Exit.ERROR
        screen = self._here.output.screen
        if screen is not None and (finished.done or finished.failed or finished.skipped):
            show_end(finished, self._outcome, screen, self._done, self._commands)
        return self._exit_code(finished)

    def _exit_code(self, finished: Finished) -> Exit:
        if finished.interrupted:
            return self._interruption.exit_code
        if self._outcome.only_unreachable:
            return Exit.UNREACHABLE
        if finished.failed:
            return Exit.PARTIAL if finished.done or finished.stopped else Exit.ERROR
        return Exit.PARTIAL if finished.skipped else Exit.OK
