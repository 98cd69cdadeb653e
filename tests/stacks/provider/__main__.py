"""``python -m tests.stacks.provider CLOUD``: serves a cloud until it is ended, as the engine starts it."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from tests.stacks.provider.control import FOLDER
from tests.stacks.provider.service import Provider

LARGEST = 400 << 20
THREADS = 32


def _end_with(parent: int) -> None:
    """An engine that was killed cannot end what it started."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main() -> None:
    """Prints the port and serves."""
    server = grpc.server(
        ThreadPoolExecutor(THREADS),
        options=[("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        Provider(sys.argv[1], Path(os.environ[FOLDER])), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    print(port, flush=True)
    server.wait_for_termination()


main()
