"""Runs commands on many machines at once through OpenSSH itself.

So a person's ssh_config, agent, jump hosts and known host keys hold. Nothing is ever asked for; a password of
sudo goes over the connection when sudo asks for it, once, and is in no command line.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiotctl.backends.private_folder import private_folder
from aiotctl.backends.ssh_options import ALONE, check, config_file, dial, options
from aiotctl.backends.ssh_talk import Answer, Command, Heard, converse
from aiotctl.backends.ssh_troubles import Failed, was_dropped
from aiotctl.errors import failure

AT_ONCE = 32
"""Machines that are asked at the same time."""

_ATTEMPTS = 3
_PAUSE_S = (0.5, 2.0)
_SETTINGS = {**ALONE, "ClearAllForwardings": "yes"}  # a person's forwards are for the person


def run(
    commands: Sequence[Command], within_s: float, config: str | None = None, at_once: int = AT_ONCE
) -> list[Answer]:
    """An answer for each command, in order. Each may take `within_s` seconds, connecting included.

    `config` is another ssh_config (None: what AIOTCTL_SSH_CONFIG says). Raises AiotctlError where there is no
    ssh, or a place cannot be dialled as it is written.
    """
    return _run(commands, within_s, config, at_once, None)


def follow(
    commands: Sequence[Command], heard: Callable[[int, bytes], None], config: str | None = None
) -> list[Answer]:
    """Runs commands, all at once, that end by themselves when their input ends; `heard` is given a command's
    number and what it prints, as it comes. Answers when the last of them has ended; an exception (Ctrl-C)
    ends them all. Raises AiotctlError as `run` does.
    """
    return _run(commands, None, config, max(1, len(commands)), heard)


def _run(
    commands: Sequence[Command],
    within_s: float | None,
    config: str | None,
    at_once: int,
    heard: Callable[[int, bytes], None] | None,
) -> list[Answer]:
    used = config_file() if config is None else config
    for place in {command.place.name: command.place for command in commands}.values():
        check(place)
    try:
        with private_folder() as folder:
            line = _Line(within_s, used, folder)
            return asyncio.run(_all(commands, line, at_once, heard))
    except FileNotFoundError:
        raise failure(
            "ssh-missing",
            "There is no ssh",
            "Hosts are reached by OpenSSH's client, which is not on the PATH.",
            "Install it: apt-get install openssh-client",
        ) from None


@dataclass(frozen=True, slots=True)
class _Line:
    """What all connections of a run have in common; `folder` is for ssh's own words."""

    within_s: float | None
    config: str
    folder: Path


async def _all(
    commands: Sequence[Command], line: _Line, at_once: int, heard: Callable[[int, bytes], None] | None
) -> list[Answer]:
    turns = asyncio.Semaphore(at_once)

    async def one(number: int, command: Command) -> Answer:
        async with turns:
            return await _one(command, line, partial(heard, number) if heard else None)

    return await asyncio.gather(*(one(number, command) for number, command in enumerate(commands)))


async def _one(command: Command, line: _Line, heard: Heard | None) -> Answer:
    """A server, or a jump host, with many logins at once drops some; those are tried again."""
    log = line.folder / f"{secrets.token_hex(4)}.log"  # ssh's own words, apart from the program's
    words = [*dial(command.place, line.config), *options(_SETTINGS), "-E", str(log)]
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            answer = await converse(command, words, log, line.within_s, heard)
        finally:
            log.unlink(missing_ok=True)
        if attempt == _ATTEMPTS or not (isinstance(answer, Failed) and was_dropped(answer)):
            return answer
        await asyncio.sleep(random.uniform(*_PAUSE_S))
    raise AssertionError("the last attempt returns")
