"""Runs one command and turns whatever happens into an exit code and, if need be, a few words."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

import click

from aiotctl.cli.group import top
from aiotctl.errors import Exit


class Terminated(BaseException):
    """SIGTERM has come: what is open is closed on the way out."""


def run(arguments: list[str]) -> int:
    """Runs the command that the arguments name."""
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _reader_is_gone()
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    except Terminated:
        return Exit.TERMINATED
    except OSError as error:
        return _system_refused(error)
    except Exception as error:
        from aiotctl.cli.crash import report

        report(error)
        return Exit.ERROR
    finally:
        signal.signal(signal.SIGTERM, previous)


def _run(arguments: list[str]) -> int:
    try:
        code = top().main(arguments, prog_name="aiotctl", standalone_mode=False)
        return int(code or Exit.OK)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return Exit.USAGE
    except click.UsageError as error:
        from aiotctl.cli.usage import told

        click.echo(told(error), err=True)
        return Exit.USAGE
    except click.Abort:
        raise KeyboardInterrupt from None


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated


def _reader_is_gone() -> int:
    """Whoever read our output has gone (``| head``): nothing is wrong, and there is nobody to tell it to."""
    _abandon_output()
    return Exit.ERROR


def _system_refused(error: OSError) -> int:
    """A full disk, a folder one may not write, a file that is gone: the system's words, with the name it is
    about.
    """
    from aiotctl.views.text import escaped

    about = f"{error.filename}: " if error.filename else ""
    click.echo(f"error: {escaped(about + (error.strerror or str(error)))}", err=True)
    _abandon_output()
    return Exit.ERROR


def _abandon_output() -> None:
    """Leaves what is still buffered and cannot be written: the interpreter would try once more at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
