"""Serves the lab's provider on a free port of this machine, and prints the port, until it is told to end."""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from stacks.lab.machines import child
from stacks.lab.provider.servicer import Provider

_AT_ONCE = 8
_GRACE_S = 4.0
"""The engine waits 5 s after its signal, and then kills."""


def main() -> None:
    """Until SIGINT, SIGTERM or the engine's end: then what is being made is taken back, and it ends."""
    server = grpc.server(ThreadPoolExecutor(_AT_ONCE))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    ended = threading.Event()

    def end(number: int, frame: object) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    threading.Thread(target=_wait_for_engine, args=(ended,), daemon=True).start()
    ended.wait()
    child.cancel()
    server.stop(_GRACE_S).wait()


def _wait_for_engine(ended: threading.Event) -> None:
    """The engine holds the other end of standard input: when it is killed, that ends."""
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        sys.stdin.buffer.read()
        ended.set()


main()
