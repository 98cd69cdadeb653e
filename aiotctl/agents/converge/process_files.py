"""What the process runtime needs under run/: supervisord's configuration, the launcher, the services.

No value of a manifest enters supervisord's configuration but the checked names of services: its
language expands `%`, cuts comments out of values and cannot quote. All else travels in JSON.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import shlex
import sys
from pathlib import Path

from . import launch
from .digest import text_digest
from .manifest import PATH, ManagedFile, Manifest, Service
from .procfs import MARKER
from .users import account_for

CONFIGURATION = "run/supervisord.conf"
SOCKET = "run/supervisor.sock"
# sun_path holds 107 bytes; supervisord first binds a name that is longer by a dot and its pid.
SOCKET_LIMIT = 107 - len(".4194304")
_SAFE = re.compile(r"/[A-Za-z0-9_./-]+")


def socket_for(root: Path) -> str:
    """Where supervisord listens: under the root where the path fits, else in a private short folder."""
    if len(os.fsencode(root / SOCKET)) <= SOCKET_LIMIT:
        return SOCKET
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if not (_SAFE.fullmatch(base) and len(base) < 60 and Path(base).is_dir()):
        base = "/tmp"
    return f"{base}/aiotctl-{os.geteuid()}-{text_digest(str(root))[7:23]}/supervisor.sock"


def runtime_files(manifest: Manifest, socket: str) -> tuple[ManagedFile, ...]:
    """The files under run/ that follow from a manifest."""
    python = manifest.python or sys.executable
    launcher = shlex.join(
        [python, "-S", "-E", "-s", str(manifest.root / "run/launch.py"), str(manifest.root)]
    )
    return (
        _file("run/launch", f'exec {launcher} "$1"\n', 0o600),
        _file("run/launch.py", inspect.getsource(launch), 0o600),
        _file(CONFIGURATION, _configuration(manifest.services, socket), 0o600),
        *(_file(f"run/{s.name}.json", _launch_text(manifest, s), 0o600) for s in manifest.services),
    )


def launch_value(manifest: Manifest, service: Service) -> dict[str, object]:
    """What launch.py reads."""
    account = account_for(service.user)
    directory = str(manifest.root / service.directory)
    environment = {"PATH": PATH, "HOME": directory, "LANG": "C.UTF-8", **dict(service.environment)}
    if account is not None:
        environment = {"USER": account.name, "LOGNAME": account.name, **environment}
    return {
        "command": list(service.command),
        "environment": {**environment, MARKER: f"{manifest.root}:{service.name}"},
        "directory": directory,
        "user": account.name if account else None,
    }


def _launch_text(manifest: Manifest, service: Service) -> str:
    return json.dumps(launch_value(manifest, service), indent=1, sort_keys=True) + "\n"


def _file(path: str, content: str, mode: int) -> ManagedFile:
    return ManagedFile(path, content, mode, None, secret=True)


def _configuration(services: tuple[Service, ...], socket: str) -> str:
    lines = [
        "[unix_http_server]",
        f"file = {socket}",
        "chmod = 0700",
        "[supervisord]",
        "logfile = logs/supervisord.log",
        "logfile_maxbytes = 1MB",
        "logfile_backups = 1",
        "pidfile = run/supervisord.pid",
        "childlogdir = logs",
        "nodaemon = false",
        "umask = 077",
        *(["user = root"] if os.geteuid() == 0 else []),
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for service in services:
        lines += [
            f"[program:{service.name}]",
            f"command = /bin/sh run/launch {service.name}",
            "autostart = false",  # converge starts them, in order
            "autorestart = true",
            "startsecs = 0",  # the launcher spaces repeated starts, and nothing is given up
            "startretries = 1000000",
            f"stopsignal = {service.stop_signal}",
            f"stopwaitsecs = {service.stop_seconds}",
            "stopasgroup = true",
            "killasgroup = true",
            "redirect_stderr = true",
            f"stdout_logfile = logs/{service.name}.log",
            "stdout_logfile_maxbytes = 10MB",
            "stdout_logfile_backups = 3",
        ]
    return "\n".join(lines) + "\n"
