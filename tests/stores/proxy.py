"""Between a store and its server: counts requests, and lets answers get lost."""

from __future__ import annotations

import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_REQUEST = re.compile(rb"(GET|PUT|POST|HEAD|DELETE) /[^/ ]+/?(\S*) HTTP/1\.1\r\n")


class Proxy:
    """Forwards bytes to a port of this machine. ``seen`` lists the method and key of each request.

    ``lose``: the answers to so many further writes are thrown away, after the server has made them.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.seen: list[tuple[str, str]] = []
        self.lose = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def counting(self) -> Iterator[Counter[str]]:
        """The requests that are made inside, by method."""
        before, counted = len(self.seen), Counter[str]()
        yield counted
        counted.update(method for method, _ in self.seen[before:])

    def close(self) -> None:
        self._listener.close()
        for one in self._open:
            _close(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                self._open += [client, server]
                losing = threading.Event()
                threading.Thread(target=self._requests, args=(client, server, losing), daemon=True).start()
                threading.Thread(target=self._answers, args=(client, server, losing), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if found := _REQUEST.match(data):
                    method = found[1].decode()
                    self.seen.append((method, found[2].decode()))
                    if method == "PUT" and self.lose:
                        self.lose -= 1
                        losing.set()
                server.sendall(data)
        _close(server)

    def _answers(self, client: socket.socket, server: socket.socket, losing: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if losing.is_set() and not data.startswith(b"HTTP/1.1 100"):
                    break
                client.sendall(data)
        _close(client)


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
