"""A host root with two real services: nats-server, and a small HTTP server that notes its own starts."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiotctl.agents.converge.apply import check, converge
from aiotctl.agents.converge.belonging import RootProcesses, executables, processes_of
from aiotctl.agents.converge.procfs import scan
from aiotctl.agents.converge.reading import read_manifest
from aiotctl.agents.converge.removal import destroy
from aiotctl.agents.converge.report import Outcome

OWNER = {"blueprint": "press-shop", "environment": "laptop", "lineage": "6f0c"}
PATH = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
NATS = Path(shutil.which("nats-server", path=PATH) or "nats-server")

WEB = '''
"""Answers HTTP; notes each start, each reload, and whether another copy of it runs."""
import fcntl, http.server, os, signal, sys

def note(name, text=""):
    with open(name, "a") as file:
        file.write(f"{os.getpid()} {text}\\n")

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ.get("ANSWER", "").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass

note("starts")
alone = open("alone", "w")
try:
    fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    note("doubles")
signal.signal(signal.SIGHUP, lambda *_: note("reloads"))
print("ready", flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
'''


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Rig:
    """One host root below a folder that any user can enter, and the manifest that is wanted there."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.root = place / "env" / "hub"
        self.nats_port, self.web_port = free_port(), free_port()
        self.wanted = self._manifest()

    def _manifest(self) -> dict[str, Any]:
        return {
            "version": 1,
            "owner": dict(OWNER),
            "host": "host/hub",
            "root": str(self.root),
            "programs": [{"name": "nats", "source": str(NATS)}],
            "directories": [{"path": "data/nats"}, {"path": "data/web"}],
            "files": [
                {"path": "etc/nats.conf", "content": f"listen: 127.0.0.1:{self.nats_port}\n"},
                {"path": "etc/web.py", "content": WEB, "mode": "0644"},
                {"path": "etc/web.secret", "content": "hunter2\n", "secret": True},
            ],
            "services": [
                {
                    "name": "nats",
                    "command": [str(NATS), "-c", "etc/nats.conf"],
                    "files": ["etc/nats.conf"],
                    "ports": [{"name": "client", "port": self.nats_port}],
                    "health_seconds": 10,
                },
                {
                    "name": "web",
                    "command": [sys.executable, str(self.root / "etc/web.py"), str(self.web_port)],
                    "directory": "data/web",
                    "environment": {"ANSWER": "first"},
                    "files": ["etc/web.py", "etc/web.secret"],
                    "on_change": "reload",
                    "ports": [{"name": "http", "port": self.web_port}],
                    "health": {"http": f"http://127.0.0.1:{self.web_port}/"},
                    "health_seconds": 10,
                    "start_after": ["nats"],
                },
            ],
        }

    @property
    def web(self) -> dict[str, Any]:
        return self.wanted["services"][1]

    def file(self, path: str) -> dict[str, Any]:
        return next(f for f in self.wanted["files"] if f["path"] == path)

    def apply(self, **options: Any) -> Outcome:
        return converge(read_manifest(self.wanted), **options)

    def check(self, **options: Any) -> Outcome:
        return check(read_manifest(self.wanted), **options)

    def destroy(self, **options: Any) -> Outcome:
        manifest = read_manifest(self.wanted)
        return destroy(manifest.root, manifest.owner, **options)

    def processes(self) -> RootProcesses:
        return processes_of(self.root, scan(), executables(self.root))

    def pid(self, service: str) -> int:
        return self.processes().mains[service].pid

    def lines(self, name: str) -> list[str]:
        path = self.root / "data/web" / name
        return path.read_text().splitlines() if path.exists() else []

    def await_ok(self, seconds: float = 15) -> None:
        """Waits until a probe finds nothing to do."""
        until(lambda: not actions(self.check()), seconds)


def actions(outcome: Outcome) -> dict[str, str]:
    """What is or was done, by `kind name`."""
    return {f"{c.kind} {c.name}": c.action for c in outcome.changes if c.action != "ok"}


def drift(outcome: Outcome) -> dict[str, str]:
    """What the world changed, by `kind name`."""
    return {f"{c.kind} {c.name}": "; ".join(c.drift) for c in outcome.changes if c.drift}


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.02)
