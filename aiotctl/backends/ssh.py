"""Runs commands on many machines at once through OpenSSH itself.

So a person's ssh_config, agent, jump hosts and known host keys hold. Nothing is ever asked for; a password of
sudo goes over the connection when sudo asks for it, once, and is in no command line.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Sequence
from pathlib import Path

from aiotctl.backends.private_folder import private_folder
from aiotctl.backends.ssh_options import ALONE, check, config_file, dial, options
from aiotctl.backends.ssh_talk import Answer, Command, converse
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
    used = config_file() if config is None else config
    for place in {command.place.name: command.place for command in commands}.values():
        check(place)
    try:
        with private_folder() as folder:
            return asyncio.run(_all(commands, within_s, used, at_once, folder))
    except FileNotFoundError:
        raise failure(
            "ssh-missing",
            "There is no ssh",
            "Hosts are reached by OpenSSH's client, which is not on the PATH.",
            "Install it: apt-get install openssh-client",
        ) from None


async def _all(
    commands: Sequence[Command], within_s: float, config: str, at_once: int, folder: Path
) -> list[Answer]:
    turns = asyncio.Semaphore(at_once)

    async def one(command: Command) -> Answer:
        async with turns:
            return await _one(command, within_s, config, folder)

    return await asyncio.gather(*map(one, commands))


async def _one(command: Command, within_s: float, config: str, folder: Path) -> Answer:
    """A server, or a jump host, with many logins at once drops some; those are tried again."""
    log = folder / f"{secrets.token_hex(4)}.log"  # ssh's own words, apart from the program's
    line = [*dial(command.place, config), *options(_SETTINGS), "-E", str(log)]
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            answer = await converse(command, line, log, within_s)
        finally:
            log.unlink(missing_ok=True)
        if attempt == _ATTEMPTS or not (isinstance(answer, Failed) and was_dropped(answer)):
            return answer
        await asyncio.sleep(random.uniform(*_PAUSE_S))
    raise AssertionError("the last attempt returns")
