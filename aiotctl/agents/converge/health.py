"""Asks services whether they work, and waits until they do."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from .belonging import processes_of
from .manifest import Manifest, Port, Service
from .observe import executables
from .procfs import scan
from .report import ServiceFailure
from .runtime import PATH

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.25  # seconds between two questions
_LOG_TAIL = 6000  # bytes read from the end of a log
_LOG_LINES = 20


def wait_healthy(manifest: Manifest, services: list[Service]) -> list[ServiceFailure]:
    """Waits for all of them, each up to its own limit; returns those that did not make it."""
    began = time.monotonic()
    waiting = {s.name: s for s in services}
    failures: list[ServiceFailure] = []
    pause = _FIRST_PAUSE
    while waiting:
        running = supervised(manifest.root)
        for service in list(waiting.values()):
            fault = "its process does not stay up" if service.name not in running else ask(manifest, service)
            if fault is None:
                del waiting[service.name]
            elif time.monotonic() - began > service.health_seconds:
                del waiting[service.name]
                reason = f"not healthy after {service.health_seconds:g} s: {fault}"
                failures.append(ServiceFailure(service.name, reason, log_tail(manifest.root, service.name)))
        if waiting:
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)
    return failures


def supervised(root: Path) -> set[str]:
    """Names of the services whose supervised process runs now."""
    return set(processes_of(root, scan(), executables(root)).mains)


def ask(manifest: Manifest, service: Service) -> str | None:
    """None when the service answers as its health check wants, else what is wrong."""
    health = service.health
    if health and health.http:
        return _fault(lambda: _get(health.http or ""), f"{health.http} does not answer")
    if health and health.command:
        return _run(manifest, service, health.command)
    wanted = [p for p in service.ports if not health or p.name == health.tcp]
    faults = (_fault(lambda port=port: _connect(port), f"port {port} does not answer") for port in wanted)
    return next((fault for fault in faults if fault), None)


def log_tail(root: Path, service: str) -> str:
    """The last lines of a service's log (of supervisord's where it has none), without control characters."""
    return _last_lines(root / f"logs/{service}.log") or _last_lines(root / "logs/supervisord.log")


def _last_lines(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LOG_TAIL))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    lines = ["".join(c if c.isprintable() else " " for c in line) for line in text.splitlines()]
    return "\n".join(lines[-_LOG_LINES:])


def _fault(question: Callable[[], None], message: str) -> str | None:
    try:
        question()
    except (OSError, http.client.HTTPException, ValueError) as error:
        code = f" (HTTP {error.code})" if isinstance(error, urllib.error.HTTPError) else ""
        return message + code
    return None


def _connect(port: Port) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(port.host, port.host)
    socket.create_connection((host, port.port), timeout=1).close()


def _get(url: str) -> None:
    # An opener without proxies: health is asked of this host.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=2) as answer:
        answer.read(1)


def _run(manifest: Manifest, service: Service, command: tuple[str, ...]) -> str | None:
    environment = {"PATH": PATH, "LANG": "C.UTF-8", **dict(service.environment)}
    try:
        done = subprocess.run(
            command,
            cwd=manifest.root / service.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"its health command fails: {type(error).__name__}"
    return f"its health command ends with {done.returncode}" if done.returncode else None
