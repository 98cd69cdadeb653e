"""Runs commands on many machines at once through OpenSSH itself.

So a person's ssh_config, agent, jump hosts and known host keys hold. Nothing is ever asked for; a password of
sudo goes over the connection when sudo asks for it, once, and is in no command line.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import subprocess
from asyncio.subprocess import DEVNULL
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from aiotctl.backends.private_folder import private_folder
from aiotctl.backends.ssh_options import ALONE, check, config_file, dial, options
from aiotctl.backends.ssh_talk import Answer, Command, converse
from aiotctl.backends.ssh_troubles import Failed, Trouble, cause_is_hidden
from aiotctl.errors import failure
from aiotctl.model.blueprint import HostPlace

AT_ONCE = 32
"""Machines that are asked at the same time."""

_SOCKET_PATH_MOST = 85  # of the kernel's 107 bytes; ssh adds 17 while it makes the socket


@contextmanager
def ssh_client(config: str | None = None, *, shared: bool = True) -> Generator[Ssh]:
    """What reaches machines, for the time of a with.

    `config` is another ssh_config (None: what AIOTCTL_SSH_CONFIG says). `shared` keeps one connection a
    machine for all that follows, which saves the handshake but costs a process for each: not for thousands.
    """
    with private_folder() as folder:
        client = Ssh(folder, config_file() if config is None else config, shared)
        try:
            yield client
        finally:
            client.close()


class Ssh:
    """Reaches machines. Made by `ssh_client`."""

    def __init__(self, folder: Path, config: str, shared: bool) -> None:
        self._folder, self._config, self._shared = folder, config, shared

    def run(self, commands: Sequence[Command], within_s: float, at_once: int = AT_ONCE) -> list[Answer]:
        """An answer for each command, in order. Each may take `within_s` seconds, connecting included.

        Raises AiotctlError where there is no ssh, or a place cannot be dialled as it is written.
        """
        for place in {command.place.name: command.place for command in commands}.values():
            check(place)
        try:
            return asyncio.run(self._all(commands, within_s, at_once))
        except FileNotFoundError:
            raise failure(
                "ssh-missing",
                "There is no ssh",
                "Hosts are reached by OpenSSH's client, which is not on the PATH.",
                "Install it: apt-get install openssh-client",
            ) from None

    def close(self) -> None:
        """Ends the shared connections."""
        for socket in self._folder.glob("c-*"):
            with suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(_ending(socket), capture_output=True, stdin=subprocess.DEVNULL, timeout=5)

    async def _all(self, commands: Sequence[Command], within_s: float, at_once: int) -> list[Answer]:
        turns = asyncio.Semaphore(at_once)

        async def one(command: Command) -> Answer:
            async with turns:
                return await self._one(command, within_s)

        return await asyncio.gather(*map(one, commands))

    async def _one(self, command: Command, within_s: float) -> Answer:
        socket = self._socket(command.place)
        if socket is None:
            return await self._speak(command, ALONE, within_s)
        sharing = {"ControlMaster": "auto", "ControlPath": _escaped(socket), "ControlPersist": "60"}
        answer = await self._speak(command, sharing, within_s)
        if isinstance(answer, Failed) and answer.trouble is Trouble.TIMEOUT:
            await _finish(_ending(socket))  # what it began there holds our pipes until then
        if isinstance(answer, Failed) and cause_is_hidden(answer):
            return await self._speak(command, ALONE, within_s)  # a shared connection silences jump hosts
        return answer

    async def _speak(self, command: Command, sharing: Mapping[str, str], within_s: float) -> Answer:
        log = self._folder / f"{secrets.token_hex(4)}.log"  # ssh's own words, apart from the program's
        line = dial(command.place, self._config)
        line += [*options({**sharing, **_NO_FORWARDS}), "-E", str(log)]
        try:
            return await converse(command, line, log, within_s)
        finally:
            log.unlink(missing_ok=True)

    def _socket(self, place: HostPlace) -> Path | None:
        facts = (place.address, place.user, place.port, place.key, place.jump)
        socket = self._folder / f"c-{hashlib.sha256(repr(facts).encode()).hexdigest()[:12]}"
        return socket if self._shared and len(str(socket)) <= _SOCKET_PATH_MOST else None


_NO_FORWARDS = {"ClearAllForwardings": "yes"}  # those of the person's ssh_config are for the person


def _ending(socket: Path) -> list[str]:
    """What ends a shared connection."""
    return ["ssh", "-F", "none", *options({"ControlPath": _escaped(socket)}), "-O", "exit", "any"]


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


async def _finish(line: Sequence[str]) -> None:
    process = await asyncio.create_subprocess_exec(*line, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    await process.wait()
