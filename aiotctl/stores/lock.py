"""The lock of an environment: one writer; a second is told who holds it, since when, how to break it."""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from aiotctl import __version__
from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.errors import AiotctlError, Exit, failure
from aiotctl.model.codec import canonical, decode
from aiotctl.model.record import LockHolder
from aiotctl.stores import durable
from aiotctl.stores.entry import Notify
from aiotctl.stores.lease import HEARTBEAT_S, LEASE_S, Lease, Process, now, who


class Lock:
    """The file ``lock.json`` of a store; whoever changes it holds ``lock.guard`` for that moment."""

    def __init__(self, folder: Path, notify: Notify, lease_s: float = LEASE_S, beat_s: float = HEARTBEAT_S):
        self._folder = folder
        self._path = folder / "lock.json"
        self._guard = folder / "lock.guard"
        self._notify = notify
        self._lease_s = lease_s
        self._beat_s = beat_s
        self._mine: str | None = None

    @contextmanager
    def held(self, operation: str, timeout: float) -> Generator[str]:
        """Holds the lock, waiting up to ``timeout`` seconds for it; gives its id."""
        lease = self._acquire(operation, timeout)
        stop = threading.Event()
        beat = threading.Thread(target=self._beat, args=(lease, stop), name="lock-heartbeat", daemon=True)
        self._mine = lease.holder.id
        beat.start()
        try:
            yield lease.holder.id
        finally:
            stop.set()
            beat.join()
            self._mine = None
            with suppress(AiotctlError):  # the lock ends with the program anyway; what failed before counts
                self._release(lease.holder.id)

    def holder(self) -> LockHolder | None:
        """Who holds the lock at this moment; None where nobody does."""
        lease = self._read()
        return lease.holder if lease is not None and not lease.ended(now()) else None

    def break_(self, lock_id: str) -> None:
        """Takes the lock from its holder, whoever that is."""
        if self._read() is None:
            raise failure(
                "not-locked",
                "The environment is not locked",
                f"{self._path} is not there.",
                "Nothing to do.",
            )
        with durable.exclusive(self._guard):
            lease = self._read()
            if lease is None:
                return
            if lease.holder.id != lock_id:
                raise failure(
                    "other-lock",
                    "The environment is locked under another id",
                    f"{_told(lease)}, not {lock_id}.",
                    f"If that is the one to break: `aiotctl unlock {lease.holder.id}`.",
                )
            self._remove()

    @contextmanager
    def writing(self) -> Generator[None]:
        """The moment of a write: refused when another holds the lock, or this one's was broken."""
        with durable.exclusive(self._guard):
            lease = self._read()
            if self._mine is not None and (lease is None or lease.holder.id != self._mine):
                raise failure(
                    "lock-lost",
                    "The lock was broken while it was held",
                    f"Lock {self._mine} of {self._folder} is gone, so nothing more was written."
                    + (f" {_told(lease)}." if lease is not None else ""),
                    "Run the command again when nobody else works on this environment.",
                    Exit.LOCKED,
                )
            if self._mine is None and lease is not None and not lease.ended(now()):
                raise _locked(lease)
            yield

    def _acquire(self, operation: str, timeout: float) -> Lease:
        deadline = time.monotonic() + timeout
        pause = 0.05
        while True:
            lease = self._try(operation)
            if not isinstance(lease, AiotctlError):
                return lease
            left = deadline - time.monotonic()
            if left <= 0:
                raise lease
            time.sleep(min(left, pause * random.uniform(0.5, 1.0)))
            pause = min(pause * 2, 2.0)

    def _try(self, operation: str) -> Lease | AiotctlError:
        """Takes the lock if it is free or its holder is gone; else the error that says who holds it."""
        durable.make_folder(self._folder)
        with durable.exclusive(self._guard):
            former = self._read()
            if former is not None:
                ended = former.ended(now())
                if not ended:
                    return _locked(former)
                durable.sweep(self._folder)
                self._notify(_taken_over(former, ended))
            moment = now()
            holder = LockHolder(
                secrets.token_hex(4), operation, who(), __version__, moment, str(self._folder.absolute())
            )
            lease = Lease(holder, Process.this(), moment, self._lease_s)
            durable.write(self._path, canonical(lease))
            return lease

    def _beat(self, lease: Lease, stop: threading.Event) -> None:
        """Renews the lease until told to stop. What goes wrong here shows at the next write of the holder."""
        while not stop.wait(self._beat_s):
            with suppress(AiotctlError), durable.exclusive(self._guard):
                current = self._read()
                if current is None or current.holder.id != lease.holder.id:
                    return
                durable.write(self._path, canonical(replace(lease, renewed=now())))

    def _release(self, lock_id: str) -> None:
        if self._read() is None:  # the environment was forgotten, lock and all
            return
        with durable.exclusive(self._guard):
            lease = self._read()
            if lease is not None and lease.holder.id == lock_id:
                self._remove()

    def _remove(self) -> None:
        with durable.usable(self._path):
            self._path.unlink(missing_ok=True)
            durable.sync_folder(self._folder)

    def _read(self) -> Lease | None:
        try:
            return decode(Lease, json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise durable.unusable(self._path, error) from error
        except (ValueError, RecursionError):
            raise failure(
                "lock-damaged",
                "The environment's lock cannot be read",
                f"{self._path} is not what aiotctl writes.",
                f"When no other command of this environment is running: `rm {quote(str(self._path))}`.",
                Exit.LOCKED,
            ) from None


def _since(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return "a time that is none"


def _told(lease: Lease) -> str:
    holder = lease.holder
    return (
        f"Lock {holder.id} is held by {holder.who} (`aiotctl {holder.operation}`, process "
        f"{lease.process.number} on {lease.process.host}, aiotctl {holder.version}) since "
        f"{_since(holder.created)}"
    )


def _locked(lease: Lease) -> AiotctlError:
    return failure(
        "locked",
        "The environment is locked by another command",
        f"{_told(lease)}; it works on {lease.holder.path}.",
        "Wait for it (`--lock-timeout 5m` does), or, when that command is no longer running, break the "
        f"lock: `aiotctl unlock {lease.holder.id}`.",
        Exit.LOCKED,
    )


def _taken_over(lease: Lease, ended: str) -> Diagnostic:
    return Diagnostic(
        "lock-taken-over",
        "A lock that nobody holds any more was taken over",
        f"{_told(lease)}; {ended}.",
        "Nothing to do: what it left unfinished is looked at again.",
        severity=Severity.WARNING,
    )
