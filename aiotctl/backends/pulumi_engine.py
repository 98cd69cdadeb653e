"""The engine as Pulumi's Automation API starts it, from our child process: logged, and stopped with care."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

OnOutput = Callable[[str], Any]

QUIET = "--show-secrets"
"""What is printed because of this is for us alone and not for the log."""


class Engine(PulumiCommand):
    """The engine's program, of a version that the toolbox has seen to. ``stop`` ends what it does: at the
    first call after the operations under way, at the second at once.
    """

    def __init__(self, program: str, version: str, log: Path) -> None:
        self.command = program
        self.version = VersionInfo.parse(version)
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self.stopped = False

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        """Runs one command of the engine and gives what it printed; a CommandError where it failed."""
        process = subprocess.Popen(
            [self.command, "--non-interactive", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
            encoding="utf-8",
            errors="replace",
        )
        self._process = process
        assert process.stdout is not None
        assert process.stderr is not None
        printed: list[str] = []
        complained: list[str] = []
        with process, self._log.open("a", encoding="utf-8", buffering=1) as log:
            log.write(f"$ pulumi {' '.join(args[:2])}\n")
            quiet = QUIET in args or "export" in args
            readers = [
                _reader(process.stdout, printed, on_output, None if quiet else log),
                _reader(process.stderr, complained, on_error, log),
            ]
            for reader in readers:
                reader.join()
        self._process = None
        result = CommandResult("\n".join(printed), "\n".join(complained), process.returncode)
        if process.returncode != 0:
            raise create_command_error(result)
        return result

    def stop(self) -> None:
        """Asks the engine to stop; it then saves what it knows and gives its lock back."""
        self.stopped = True
        if process := self._process:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGINT)


def _reader(stream: IO[str], kept: list[str], told: OnOutput | None, log: IO[str] | None) -> threading.Thread:
    def read() -> None:
        for line in stream:
            kept.append(line.rstrip())
            if log:
                log.write(line)
            if told:
                told(line.rstrip())

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread
