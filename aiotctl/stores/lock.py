"""The lock of an environment: one writer; a second is told who holds it, since when, how to break it."""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

from aiotctl import __version__
from aiotctl.diagnostics import Diagnostic, Severity
from aiotctl.errors import AiotctlError, Exit, failure
from aiotctl.model.codec import canonical, decode
from aiotctl.model.record import LockHolder
from aiotctl.stores.document import Document
from aiotctl.stores.entry import Notify
from aiotctl.stores.lease import HEARTBEAT_S, LEASE_S, Lease, Process, now, who


class Lock:
    """The lock of a store, in a document of its own (``lock.json``).

    ``where`` is what the holder works on, in words. ``sweep`` is called where the lock of one who was killed
    is taken over, to clear away what that one left half written.
    """

    def __init__(
        self,
        document: Document,
        where: str,
        notify: Notify,
        lease_s: float = LEASE_S,
        beat_s: float = HEARTBEAT_S,
        sweep: Callable[[], None] = lambda: None,
    ) -> None:
        self._document = document
        self._where = where
        self._notify = notify
        self._lease_s = lease_s
        self._beat_s = beat_s
        self._sweep = sweep
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
        lease = self._lease(self._document.read())
        return lease.holder if lease is not None and not lease.ended(now()) else None

    def break_(self, lock_id: str) -> None:
        """Takes the lock from its holder, whoever that is."""
        if self._document.read() is None:
            raise failure(
                "not-locked",
                "The environment is not locked",
                f"{self._document.name} is not there.",
                "Nothing to do.",
            )

        def broken(former: bytes | None) -> bytes | None:
            lease = self._lease(former)
            if lease is not None and lease.holder.id != lock_id:
                raise failure(
                    "other-lock",
                    "The environment is locked under another id",
                    f"{_told(lease)}, not {lock_id}.",
                    f"If that is the one to break: `aiotctl unlock {lease.holder.id}`.",
                )
            return None

        self._document.change(broken)

    @contextmanager
    def writing(self) -> Generator[None]:
        """The moment of a write: refused when another holds the lock, or this one's was broken."""
        with self._document.holding() as content:
            lease = self._lease(content)
            if self._mine is not None and (lease is None or lease.holder.id != self._mine):
                raise failure(
                    "lock-lost",
                    "The lock was broken while it was held",
                    f"Lock {self._mine} of {self._where} is gone, so nothing more was written."
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
        self._document.prepare()
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
        moment = now()
        holder = LockHolder(secrets.token_hex(4), operation, who(), __version__, moment, self._where)
        lease = Lease(holder, Process.this(), moment, self._lease_s)
        refusal: AiotctlError | None = None
        dead: Diagnostic | None = None

        def taken(content: bytes | None) -> bytes | None:
            nonlocal refusal, dead
            refusal = dead = None
            former = self._lease(content)
            if former is not None:
                ended = former.ended(now())
                if not ended:
                    refusal = _locked(former)
                    return content
                self._sweep()
                dead = _taken_over(former, ended)
            return canonical(lease)

        self._document.change(taken)
        if dead is not None:
            self._notify(dead)
        return refusal or lease

    def _beat(self, lease: Lease, stop: threading.Event) -> None:
        """Renews the lease until told to stop. What goes wrong here shows at the next write of the holder."""
        held = True

        def renewed(content: bytes | None) -> bytes | None:
            nonlocal held
            held = self._is(content, lease.holder.id)
            return canonical(replace(lease, renewed=now())) if held else content

        while held and not stop.wait(self._beat_s):
            with suppress(AiotctlError):
                self._document.change(renewed)

    def _release(self, lock_id: str) -> None:
        if self._document.read() is None:  # the environment was forgotten, lock and all
            return
        self._document.change(lambda content: None if self._is(content, lock_id) else content)

    def _is(self, content: bytes | None, lock_id: str) -> bool:
        lease = self._lease(content)
        return lease is not None and lease.holder.id == lock_id

    def _lease(self, content: bytes | None) -> Lease | None:
        if content is None:
            return None
        try:
            return decode(Lease, json.loads(content))
        except (ValueError, RecursionError):
            raise failure(
                "lock-damaged",
                "The environment's lock cannot be read",
                f"{self._document.name} is not what aiotctl writes.",
                f"When no other command of this environment is running: `{self._document.removal}`.",
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
