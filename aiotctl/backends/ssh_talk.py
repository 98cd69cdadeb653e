"""One command on one machine: what goes in, what comes out, and sudo's question on the way."""

from __future__ import annotations

import asyncio
import os
import secrets
import shlex
import signal
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiotctl.backends.ssh_troubles import Failed, Trouble, failed, plain
from aiotctl.model.blueprint import HostPlace

MOST_OUTPUT = 32 << 20
"""Bytes that one command may print; a machine that says more is not listened to any longer."""

_FAILED_CODE = 255  # of ssh itself


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run on a machine, `words` as they are (no shell reads them).

    `prelude` and `stdin` are its input, one after the other; what many commands have in common is given as
    `prelude`, so that it is kept once. As root, it goes through sudo where the place says so; `password` is
    sudo's, for when it asks.
    """

    place: HostPlace
    words: tuple[str, ...]
    stdin: bytes = field(default=b"", repr=False)
    as_root: bool = False
    password: str = field(default="", repr=False)
    prelude: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """A command that came to its end. `during`: this machine's clock before and after it, seconds since
    1970.
    """

    code: int
    out: bytes
    err: str
    during: tuple[float, float] = (0.0, 0.0)


Answer = Done | Failed
Heard = Callable[[bytes], None]
"""Is given what a program prints, as it comes."""


async def converse(
    command: Command, line: Sequence[str], log: Path, within_s: float | None, heard: Heard | None = None
) -> Answer:
    """Runs ssh (`line`, which writes its own words into `log`) with a command; answers within the time
    (None: however long it takes). With `heard` its output is passed on instead of being kept, and its input
    stays open for as long as it is listened to.
    """
    talk, began = _Talk(command, heard), time.time()
    process = await asyncio.create_subprocess_exec(
        *[*line, "--", command.place.address, shlex.join(talk.words)],
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,  # no terminal to ask at, and none whose Ctrl-C reaches it
    )
    try:
        async with asyncio.timeout(within_s):
            answer = await talk.answer(process, log)
            return replace(answer, during=(began, time.time())) if isinstance(answer, Done) else answer
    except TimeoutError:
        return Failed(Trouble.TIMEOUT, f"no answer within {within_s:g} s")
    except _TooMuchError:
        return Failed(Trouble.OUTPUT, f"more than {MOST_OUTPUT >> 20} MiB were printed")
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the ssh to a jump host is a child of it
            await process.wait()


class _TooMuchError(Exception):
    """More output than is listened to."""


class _Talk:
    """One conversation: sudo's question answered where it comes, then the program's input and output."""

    def __init__(self, command: Command, heard: Heard | None) -> None:
        self._heard = heard
        token = secrets.token_hex(8)
        self._prompt, self._ready = f"[password {token}]", f"[ready {token}]"
        self._command = command
        self._refused: Trouble | None = None
        self._through_sudo = command.as_root and command.place.become == "sudo"

    @property
    def words(self) -> tuple[str, ...]:
        """What runs on the machine."""
        if not self._through_sudo:
            return self._command.words
        begin = f'echo "{self._ready}" >&2; exec "$@"'
        return ("sudo", "-S", "-p", self._prompt, "--", "sh", "-c", begin, "sh", *self._command.words)

    async def answer(self, process: Process, log: Path) -> Answer:
        """Speaks and listens to the end."""
        assert process.stdout
        assert process.stderr
        output = asyncio.ensure_future(_listen(process.stdout, self._heard))
        try:
            said = await self._begin(process, process.stderr) if self._through_sudo else b""
            begun = not self._through_sudo or self._ready.encode() in said
            parts = (self._command.prelude, self._command.stdin) if begun else ()
            speech = asyncio.ensure_future(_say(process, *parts, more=begun and self._heard is not None))
            rest, out = await asyncio.gather(_listen(process.stderr), output)
            await speech
        finally:
            output.cancel()
        return self._judge(await process.wait(), out, (said + rest).decode(errors="replace"), log)

    async def _begin(self, process: Process, stderr: asyncio.StreamReader) -> bytes:
        """Until the program begins, or sudo refuses."""
        said, asked = b"", 0
        while self._ready.encode() not in said and (chunk := await stderr.read(4096)):
            said += chunk
            if said.count(self._prompt.encode()) > asked:
                asked += 1
                if asked == 1 and self._command.password:
                    await _say(process, f"{self._command.password}\n".encode(), more=True)
                else:
                    self._refused = Trouble.SUDO_REFUSED if asked > 1 else Trouble.SUDO_NEEDS_PASSWORD
                    break  # its input is closed now, so it gives up
        return said

    def _judge(self, code: int, out: bytes, said: str, log: Path) -> Answer:
        err = said.replace(self._prompt, "").replace(self._ready + "\n", "")
        own_words = log.read_text(errors="replace") if log.exists() else ""
        if self._refused is Trouble.SUDO_REFUSED:
            return Failed(Trouble.SUDO_REFUSED, "sudo did not take the password")
        if self._refused:
            return Failed(self._refused, "sudo asks for a password, and none is known")
        if code == _FAILED_CODE and own_words:
            return failed(f"{err}\n{own_words}")  # what a jump host's ssh said is in err
        if self._through_sudo and self._ready not in said:
            return Failed(Trouble.SUDO_REFUSED, plain(err) or f"sudo ended with {code}")
        return Done(code, out, err)


async def _say(process: Process, *parts: bytes, more: bool = False) -> None:
    assert process.stdin
    with suppress(BrokenPipeError, ConnectionResetError):
        for part in parts:
            process.stdin.write(part)
            await process.stdin.drain()
        if not more:
            process.stdin.close()


async def _listen(stream: asyncio.StreamReader, heard: Heard | None = None) -> bytes:
    found = bytearray()
    while chunk := await stream.read(65536):
        if heard:
            heard(chunk)
            continue
        found += chunk
        if len(found) > MOST_OUTPUT:
            raise _TooMuchError
    return bytes(found)
