"""A port of a machine's own loopback, brought to this one's through ssh."""

from __future__ import annotations

import os
import secrets
import selectors
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress

from aiotctl.backends.ssh_findings import refusal
from aiotctl.backends.ssh_options import ALONE, CONNECT_S, config_file, dial, options
from aiotctl.backends.ssh_troubles import Failed, Trouble, failed
from aiotctl.model.blueprint import HostPlace

_ATTEMPTS = 3  # a free port may be taken before ssh has it
_OPEN_S = 2 * CONNECT_S


@contextmanager
def tunnel(place: HostPlace, host: str, port: int, config: str | None = None) -> Generator[int]:
    """A port on this machine's 127.0.0.1 that leads to `host`:`port` as the machine at `place` sees it.

    `config` is another ssh_config (None: what AIOTCTL_SSH_CONFIG says). Raises AiotctlError where the machine
    cannot be reached. It ends with the with, and by itself when this process is killed.
    """
    process, local = _open(place, host, port, config_file() if config is None else config)
    try:
        yield local
    finally:
        _end(process)


def _open(place: HostPlace, host: str, port: int, config: str) -> tuple[subprocess.Popen[bytes], int]:
    trouble = Failed(Trouble.UNREACHABLE, "no tunnel could be opened")
    for _ in range(_ATTEMPTS):
        local, token = _free_port(), secrets.token_hex(8)
        process = _start(place, config, f"127.0.0.1:{local}:{host}:{port}", token)
        if token.encode() in _wait(process, token.encode()):
            return process, local
        trouble = _trouble(process)
        _end(process)
        if "forward" not in trouble.detail:  # only a port that was taken meanwhile is worth another try
            break
    raise refusal(place, trouble)


def _start(place: HostPlace, config: str, forward: str, token: str) -> subprocess.Popen[bytes]:
    settings = {**ALONE, "ExitOnForwardFailure": "yes"}
    # Its input stays open as long as this process lives, and not longer: no tunnel is left behind.
    command = f"echo {token}; exec cat >/dev/null"
    return subprocess.Popen(
        [*dial(place, config), *options(settings), "-L", forward, "--", place.address, command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _wait(process: subprocess.Popen[bytes], token: bytes) -> bytes:
    """What it prints until the token comes, it ends or the time is over."""
    assert process.stdout
    said, deadline = b"", time.monotonic() + _OPEN_S
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while token not in said and (left := deadline - time.monotonic()) > 0:
            if selector.select(left):
                chunk = os.read(process.stdout.fileno(), 4096)
                if not chunk:
                    break
                said += chunk
    return said


def _trouble(process: subprocess.Popen[bytes]) -> Failed:
    if process.poll() is None and not _ended(process):
        return Failed(Trouble.TIMEOUT, f"no answer within {_OPEN_S} s")
    assert process.stderr
    return failed(process.stderr.read().decode(errors="replace"))


def _ended(process: subprocess.Popen[bytes]) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(1)
    return process.returncode is not None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with suppress(BrokenPipeError):
                stream.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
