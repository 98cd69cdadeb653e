"""Asks services whether they work, and waits until they do."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from .manifest import PATH, Manifest, Port, Service
from .report import ServiceFailure
from .runtimes import runtime_for

_DOWN = "its process does not stay up"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.25  # seconds between two questions


def wait_healthy(manifest: Manifest, services: list[Service]) -> list[ServiceFailure]:
    """Waits for all of them, each up to its own limit; returns those that did not make it."""
    began, runtime = time.monotonic(), runtime_for(manifest.runtime)
    waiting = {s.name: s for s in services}
    failures: list[ServiceFailure] = []
    pause = _FIRST_PAUSE
    while waiting:
        running = runtime.up(manifest)
        for service in list(waiting.values()):
            fault = _DOWN if service.name not in running else ask(manifest, service)
            if fault is None and not (service.ports or service.health):
                fault = _too_young(running[service.name], runtime.settled_after())
            if fault is None:
                del waiting[service.name]
            elif time.monotonic() - began > service.health_seconds:
                del waiting[service.name]
                reason = f"not healthy after {service.health_seconds:g} s: {fault}"
                failures.append(
                    ServiceFailure(service.name, reason, runtime.log_tail(manifest.root, service.name))
                )
        if waiting:
            time.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 1.5)
    return failures


def _too_young(uptime: float, wanted: float) -> str | None:
    """What cannot be asked shows that it works by staying up for a while."""
    return _DOWN if uptime < wanted else None


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
