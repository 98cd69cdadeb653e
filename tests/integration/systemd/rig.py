"""A host's manifest with a small HTTP server as its service, and the agent run on the host itself."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiotctl.agents import converge
from stacks.lab.machines.archive import File
from stacks.lab.machines.space import exec_in
from tests.hosts.machine import Machine

ROOT = "/var/lib/aiotctl/6f0c2b1a"
PORT = 18080
OWNER = {"blueprint": "press-shop", "environment": "pilot", "lineage": "6f0c2b1a"}
WEB = '''
"""Answers HTTP with its configuration; notes starts and reloads in the folder it may write."""
import http.server, json, os, pathlib, signal, sys

def note(text):
    with open("notes", "a") as file:
        file.write(text + "\\n")

def configuration():
    return pathlib.Path(sys.argv[2]).read_bytes()

body = configuration()

def reload(*_):
    global body
    body = configuration()
    note("reloaded")

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass

signal.signal(signal.SIGHUP, reload)
note("started")
json.dump([sys.argv[3:], dict(os.environ)], open("taken", "w"))
print("ready", flush=True)
if body == b"broken":
    sys.exit("the configuration is broken")
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
'''
_CONFIRM = "from converge.entry import confirm; "
_RUN = "import json, sys; sys.path.insert(0, '/opt/agent'); from converge.entry import answer; "


class HostRig:
    """One machine, and the manifest that is wanted on it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.wanted = manifest()

    @property
    def web(self) -> dict[str, Any]:
        return self.wanted["services"][0]

    def apply(self, **options: Any) -> dict[str, Any]:
        """What the agent answers."""
        ran = self.machine.run(_answer(options), json.dumps(self.wanted).encode())
        return dict(json.loads(ran.ok().out))

    def start_apply(self) -> subprocess.Popen[bytes]:
        """The same, without waiting for it."""
        words = exec_in(self.machine.container, _answer({}))
        running = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert running.stdin
        running.stdin.write(json.dumps(self.wanted).encode())
        running.stdin.close()
        running.stdin = None
        return running

    def confirm(self, change: str) -> dict[str, Any]:
        """What the agent answers to a confirmation."""
        command = f"{_RUN}{_CONFIRM}print(json.dumps(confirm('{ROOT}', '{change}')))"
        return dict(json.loads(self.machine.run(f'/usr/bin/python3 -c "{command}"').ok().out))

    def check(self) -> dict[str, Any]:
        return self.apply(check_only=True)

    def destroy(self) -> dict[str, Any]:
        return self.apply(absent=True, purge_data=True)

    def answer(self) -> str:
        """What the service says over HTTP."""
        ask = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{PORT}').read().decode())"
        return self.machine.run(f'python3 -c "{ask}"').out.strip()

    def state(self, *properties: str, unit: str = "aiotctl-web.service") -> list[str]:
        asked = " ".join(f"-p {name}" for name in properties)
        shown = self.machine.run(f"systemctl show {asked} {unit}").ok().out.splitlines()
        found = dict(line.split("=", 1) for line in shown)
        return [found[name] for name in properties]

    def clear(self) -> None:
        self.destroy()
        self.machine.run("rm -rf /var/lib/aiotctl")


def put_agent(machine: Machine) -> None:
    """Brings the agent, and the account that the service runs as."""
    machine.put(_agent())
    machine.run("id aiotctl-web >/dev/null 2>&1 || useradd --system --no-create-home aiotctl-web").ok()


def _answer(options: dict[str, Any]) -> str:
    command = f"{_RUN}print(json.dumps(answer(sys.stdin.read(), **{options!r})))"
    return f'/usr/bin/python3 -c "{command}"'


def until(true: Callable[[], bool], seconds: float) -> None:
    """Asks again until it is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not become so in time"
        time.sleep(0.1)


def actions(answer: dict[str, Any]) -> dict[str, str]:
    """What is or was done, by `kind name`."""
    return {f"{c['kind']} {c['name']}": c["action"] for c in answer["changes"] if c["action"] != "ok"}


def drift(answer: dict[str, Any]) -> dict[str, str]:
    """What the world changed, by `kind name`."""
    return {f"{c['kind']} {c['name']}": "; ".join(c["drift"]) for c in answer["changes"] if c["drift"]}


def manifest() -> dict[str, Any]:
    return {
        "version": 1,
        "owner": dict(OWNER),
        "host": "host/plant-a/gw-1",
        "root": ROOT,
        "runtime": "systemd",
        "programs": [{"name": "python", "source": "/usr/bin/python3"}],
        "directories": [{"path": "data/web", "user": "aiotctl-web"}],
        "files": [
            {"path": "etc/web.py", "content": WEB, "mode": "0640", "group": "aiotctl-web"},
            {"path": "etc/web.conf", "content": "first", "mode": "0640", "group": "aiotctl-web"},
        ],
        "services": [
            {
                "name": "web",
                "command": ["/usr/bin/python3", f"{ROOT}/etc/web.py", str(PORT), f"{ROOT}/etc/web.conf"],
                "directory": "data/web",
                "user": "aiotctl-web",
                "files": ["etc/web.py", "etc/web.conf"],
                "on_change": "reload",
                "ports": [{"name": "http", "port": PORT}],
                "health": {"http": f"http://127.0.0.1:{PORT}/"},
                "health_seconds": 10,
                "writes": ["data/web"],
            }
        ],
    }


def _agent() -> dict[str, File]:
    """The agent's own files, by their paths on the host."""
    sources = Path(converge.__file__).parent.glob("*.py")
    return {f"opt/agent/converge/{path.name}": File(path.read_bytes()) for path in sources}
