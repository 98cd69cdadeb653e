"""The live pilot as those who make attempts find it: its machines, and identities of all kinds."""

from __future__ import annotations

import json
import os
import ssl
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from aiotctl.access import signing
from aiotctl.model import names
from tests.e2e.laptop import Laptop, Ran
from tests.hosts.attempts.attempt import Trial
from tests.hosts.fleet import Fleet
from tests.hosts.inside import inside, process_of
from tests.hosts.machine import Machine
from tests.hosts.works import ENVIRONMENT

DAY = 86_400
T = TypeVar("T")


@dataclass
class Stage:
    """``kept`` holds certificates that were revoked, by their names; ``logins`` the URLs of logins that were,
    by their persons'; ``old_plan`` was saved before that; ``shown`` are counterparts that
    succeeded: many attempts have the same.
    """

    works: Laptop
    fleet: Fleet
    folder: Path
    kept: dict[str, signing.Pair] = field(default_factory=dict[str, signing.Pair])
    logins: dict[str, str] = field(default_factory=dict[str, str])
    old_plan: Path | None = None
    shown: set[Trial] = field(default_factory=set[Trial])
    _processes: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def hub(self) -> Machine:
        return self.fleet["hub-1"]

    def machine(self, name: str) -> Machine:
        return self.fleet[name]

    def run(self, command: str, *words: str) -> Ran:
        """A command of the project's, for its environment."""
        return self.works.run(command, *words, "--env", ENVIRONMENT)

    def secret(self, name: str) -> str:
        """A value of the vault."""
        return self.works.environment.vault.values([name])[name]

    @cached_property
    def signer(self) -> signing.Signer:
        """The environment's authority itself."""
        key = self.secret(names.key_secret(names.AUTHORITY))
        return signing.load_signer(signing.Pair(key, self.authority))

    @cached_property
    def authority(self) -> str:
        return self.secret(names.certificate_secret(names.AUTHORITY))

    def pair(self, name: str) -> signing.Pair:
        """What a host or service has now."""
        return signing.Pair(self.secret(names.key_secret(name)), self.secret(names.certificate_secret(name)))

    def persons(self, name: str) -> signing.Pair:
        """What a person was given for the broker."""
        folder = self.works.state / "issued" / name
        return signing.Pair((folder / "broker.key.pem").read_text(), (folder / "broker.cert.pem").read_text())

    def url(self, person: str) -> str:
        """What a person was given for the database."""
        return (self.works.state / "issued" / person / "database.url").read_text().strip()

    def device(self, name: str) -> dict[str, str]:
        """What a device was given: host, port, user, password, topic."""
        lines = (self.works.state / "issued" / name / "device.txt").read_text().splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def signed(self, name: str, *, starts: int = 0, ends: int = 10 * DAY) -> signing.Pair:
        """A client's certificate of the environment's own authority, from and to so many seconds from now."""
        now = int(time.time())
        return signing.sign(self.signer, name, (), now + starts, now + ends)[0]

    def file(self, text: str) -> str:
        """The text as a file that only its owner may read."""
        handle, place = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "w") as file:
            file.write(text)
        return place

    def files(self, pair: signing.Pair) -> tuple[str, str]:
        """Certificate and key as such files."""
        return self.file(pair.certificate), self.file(pair.key)

    def tls(self, pair: signing.Pair | None, newest: ssl.TLSVersion | None = None) -> ssl.SSLContext:
        """A client that knows the authority; ``newest`` is the newest version of TLS that it speaks."""
        context = ssl.create_default_context(cadata=self.authority)
        if pair is not None:
            context.load_cert_chain(*self.files(pair))
        if newest is not None:
            # What a client of long ago offers: today's defaults would not even send it.
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = newest
        return context

    def inside(self, machine: str, work: Callable[[], T]) -> T:
        """Works in the network of a machine."""
        if machine not in self._processes:
            self._processes[machine] = process_of(self.fleet[machine])
        return inside(self._processes[machine], work)

    def drift(self, *words: str) -> str:
        """What a look at the machines finds, as text: unit and item."""
        told = self.run("plan", "--refresh", "--json", *words).ok()
        found = [json.loads(line) for line in told.out.splitlines()]
        return "\n".join(
            f"{one['address']} {drift['item']}"
            for one in found
            if one["type"] == "planned_change"
            for drift in one["drift"]
        )
