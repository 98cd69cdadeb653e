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

from aiotctl.backends.ssh import Ssh
from aiotctl.backends.ssh_findings import refusal
from aiotctl.backends.ssh_options import CONNECT_S, options
from aiotctl.backends.ssh_troubles import Failed, Trouble, failed
from aiotctl.model.blueprint import HostPlace

_ATTEMPTS = 3  # a free port may be taken before ssh has it
_OPEN_S = 2 * CONNECT_S


@contextmanager
def tunnel(client: Ssh, address: str, place: HostPlace, port: int, host: str = "127.0.0.1") -> Generator[int]:
    """A port on this machine's 127.0.0.1 that leads to `host`:`port` as the machine at `place` sees it.

    Raises AiotctlError about the unit `address` where the machine cannot be reached. It ends with the with,
    and by itself when this process is killed.
    """
    process, local = _open(client, address, place, port, host)
    try:
        yield local
    finally:
        _end(process)


def _open(
    client: Ssh, address: str, place: HostPlace, port: int, host: str
) -> tuple[subprocess.Popen[bytes], int]:
    trouble = Failed(Trouble.UNREACHABLE, "no tunnel could be opened")
    for _ in range(_ATTEMPTS):
        local = _free_port()
        token = secrets.token_hex(8)
        # Its input stays open as long as this process lives, and not longer: no tunnel is left behind.
        forward = ["-L", f"127.0.0.1:{local}:{host}:{port}", *options({"ExitOnForwardFailure": "yes"})]
        line = [*client.line(place), *forward, "--", place.address, f"echo {token}; exec cat >/dev/null"]
        process = subprocess.Popen(
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        said = _wait(process, token.encode())
        if token.encode() in said:
            return process, local
        trouble = _trouble(process)
        _end(process)
        if trouble.trouble is not Trouble.UNREACHABLE or "forward" not in trouble.detail:
            break
    raise refusal(address, place, trouble)


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
