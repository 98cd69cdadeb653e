"""Talks to the one supervisord of a host root, over its unix socket."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import xmlrpc.client
from pathlib import Path
from typing import Any, cast

from .belonging import SUPERVISORD
from .errors import ConvergeError
from .manifest import PATH
from .process_files import CONFIGURATION
from .procfs import MARKER

_BAD_NAME, _ALREADY_STARTED, _NOT_RUNNING, _ALREADY_ADDED = 10, 60, 70, 90
_PATIENCE = 15.0  # seconds for an answer beyond what was asked to take time


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__()
        self._path, self._timeout = path, timeout

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _Connection(self._path, self._timeout)


class Supervision:
    """The supervisord of one root; every call raises ConvergeError when it does not answer."""

    def __init__(self, root: Path, socket_path: str, python: str | None) -> None:
        self.root = root
        self.socket = root / socket_path  # an absolute one stays as it is
        self._python = python or sys.executable

    def answers(self) -> bool:
        """Whether a supervisord answers on the socket."""
        try:
            return self._call("getPID") is not None
        except ConvergeError:
            return False

    def start(self) -> None:
        """Starts supervisord, detached in a session of its own; its socket is open on return."""
        if self.socket.parent != self.root / "run":
            _private_folder(self.socket.parent)
        self.socket.unlink(missing_ok=True)
        command = [self._python, "-P", "-m", SUPERVISORD, "-c", CONFIGURATION]
        environment = {"PATH": PATH, "LANG": "C.UTF-8", MARKER: f"{self.root}:"}
        try:
            done = subprocess.run(
                command,
                cwd=self.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ConvergeError("supervisord does not start", str(error)) from None
        if done.returncode != 0 or not self.answers():
            raise ConvergeError(
                "supervisord does not start",
                done.stdout.decode(errors="replace").strip()[-800:],
                f"see {self.root / 'logs/supervisord.log'}; {self._python} must have the package supervisor",
            )

    def reload(self) -> list[str]:
        """Makes supervisord know the services that its configuration now lists.

        Starts none; those whose entry changed are stopped, and returned.
        """
        added, changed, removed = cast("list[list[list[str]]]", self._call("reloadConfig"))[0]
        for name in removed + changed:
            self.stop(name, 3600)
            self._call("removeProcessGroup", name)
        for name in added + changed:
            self._call("addProcessGroup", name, fine=_ALREADY_ADDED)
        return changed

    def start_service(self, name: str) -> None:
        """Starts a service that does not run; returns before it is ready."""
        with contextlib.suppress(OSError):
            (self.root / f"run/{name}.starts").unlink()  # started on purpose: at once
        self._call("startProcess", name, False, fine=_ALREADY_STARTED)

    def stop(self, name: str, seconds: float) -> None:
        """Stops a service and waits until it is gone; supervisord kills it after its own limit."""
        self._call("stopProcess", name, True, fine=_NOT_RUNNING, patience=seconds + _PATIENCE)

    def signal(self, name: str, signal_name: str) -> None:
        """Sends a signal to a running service."""
        self._call("signalProcess", name, signal_name, fine=_NOT_RUNNING)

    def knows(self) -> set[str]:
        """Names of the services that supervisord has."""
        infos = cast("list[dict[str, object]]", self._call("getAllProcessInfo"))
        return {str(info["name"]) for info in infos}

    def shut_down(self) -> None:
        """Asks supervisord to stop all services and end; returns at once."""
        self._call("shutdown")

    def _call(self, method: str, *args: object, fine: int = 0, patience: float = _PATIENCE) -> object:
        proxy = xmlrpc.client.ServerProxy(
            "http://localhost", transport=_Transport(str(self.socket), patience)
        )
        try:
            return getattr(proxy.supervisor, method)(*args)
        except xmlrpc.client.Fault as fault:
            if (
                fault.faultCode in (fine, _BAD_NAME) and method != "addProcessGroup"
            ) or fault.faultCode == fine:
                return None
            raise ConvergeError(f"supervisord refuses {method} {args[:1]}", fault.faultString) from None
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as error:
            raise ConvergeError("supervisord does not answer", f"{self.socket}: {error}") from None


def _private_folder(folder: Path) -> None:
    """A folder in a shared place that only we can have made and can read."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o170077 != 0o040000:
        raise ConvergeError(f"{folder} is not a private folder of ours", hint="remove it and apply again")
