"""A key service that answers as the one of AWS does, on this machine: what it encrypts only it can open."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MARK = b"sealed:"


class _Asked(BaseHTTPRequestHandler):
    operations: list[str]

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        self.operations.append(operation)
        if operation == "Encrypt":
            sealed = MARK + base64.b64decode(asked["Plaintext"])[::-1]
            answer = {"CiphertextBlob": base64.b64encode(sealed).decode()}
        else:
            opened = base64.b64decode(asked["CiphertextBlob"]).removeprefix(MARK)[::-1]
            answer = {"Plaintext": base64.b64encode(opened).decode()}
        body = json.dumps({**answer, "KeyId": asked.get("KeyId", "of-tests")}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing of what it is asked."""


@contextmanager
def key_service() -> Generator[tuple[str, list[str]]]:
    """Its URL, and the operations that it was asked for."""
    operations: list[str] = []
    of_this = type("_Asked", (_Asked,), {"operations": operations})
    server = ThreadingHTTPServer(("127.0.0.1", 0), of_this)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", operations
    finally:
        server.shutdown()
        server.server_close()
