"""Who may open a project's vaults: one's own identity, and the recipients that the project names.

Both files are those of the ``age`` program, so that a vault can be opened without aiotctl too:
``age -d -i .aiotctl/identity.age .aiotctl/production/vault.age``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from aiotctl.diagnostics import Diagnostic, Place
from aiotctl.errors import AiotctlError, failure
from aiotctl.stores import age, durable
from aiotctl.stores.lease import who

VARIABLE = "AIOTCTL_AGE_KEY"
"""Environment variable with an identity (``AGE-SECRET-KEY-1…``) in place of the file: for a CI runner."""


class Keyring:
    """The files ``identity.age`` (secret, 0600) and ``recipients`` (public, one a line) of a project."""

    def __init__(self, identity: Path, recipients: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._identity = identity
        self._recipients = recipients
        self._environ = environ

    def exists(self) -> bool:
        """Whether this person has an identity already."""
        return bool(self._environ.get(VARIABLE)) or self._identity.exists()

    def ensure(self) -> None:
        """Makes an identity where this person has none: also when two environments ask at the same time."""
        durable.make_folder(self._identity.parent)
        with durable.exclusive(self._identity.with_name("identity.guard")):
            if not self.exists():
                self._create()

    def _create(self) -> None:
        """An identity; its public half goes to the recipients, its secret half is kept out of git."""
        secret = age.new_identity()
        public = age.public_key(secret)
        self._ignore()
        listed = self._text(self._recipients)
        if listed and not listed.endswith("\n"):
            listed += "\n"
        durable.write(self._recipients, f"{listed}{public} # {who()}\n".encode(), mode=0o644)
        durable.write(self._identity, f"# public key: {public}\n{secret}\n".encode())

    def secret(self) -> str:
        """One's own identity; raises AiotctlError when there is none or its file holds something else."""
        given = self._environ.get(VARIABLE)
        lines = (line.strip() for line in (given or self._text(self._identity)).splitlines())
        for line in lines:
            if line and not line.startswith("#"):
                return line
        raise self._damaged()

    def public(self) -> str:
        """One's own public key."""
        try:
            return age.public_key(self.secret())
        except age.AgeError:
            raise self._damaged() from None

    def recipients(self) -> list[str]:
        """The public keys that a vault is written for: those listed, and one's own."""
        return sorted({self.public(), *(key for _, key in self._listed())})

    def check(self) -> None:
        """Raises AiotctlError with a diagnostic for each line of the recipients that is no public key."""
        wrong: list[Diagnostic] = []
        for line, key in self._listed():
            try:
                age.check_public_key(key)
            except age.AgeError:
                wrong.append(self._no_key(line))
        if wrong:
            raise AiotctlError(wrong)

    def missing(self, vault: str) -> AiotctlError:
        """The error for a vault that is there while this person has no identity."""
        return failure(
            "identity-missing",
            "There is no identity to open the vault with",
            f"{vault} is encrypted, and {self._identity} is not there.",
            f"Put the identity it was made with there, or into the environment variable {VARIABLE}. A new "
            f"person makes one with `age-keygen -o {quote(str(self._identity))}`, and someone who can open "
            "the vault runs `aiotctl access recipients add` with the public key.",
        )

    def refused(self, vault: str) -> AiotctlError:
        """The error for a vault that one's identity does not open."""
        own = self.public()
        return failure(
            "vault-closed",
            "The vault does not open",
            f"{vault} was not written for the identity in {self._source()} ({own}), or it is damaged.",
            f"Let someone who can open it add {own} to {self._recipients} with `aiotctl access recipients "
            f"add {own}`; if it did open before, put {vault} back from a copy.",
        )

    def entries(self) -> list[tuple[str, str]]:
        """The public keys that are listed, each with what is noted beside it."""
        found: list[tuple[str, str]] = []
        for line in self._text(self._recipients).splitlines():
            key, _, comment = line.partition("#")
            if key.strip():
                found.append((key.strip(), comment.strip()))
        return found

    def add(self, key: str, comment: str) -> None:
        """Lists one more public key. Raises AgeError for what is none."""
        age.check_public_key(key)
        listed = self._text(self._recipients)
        if listed and not listed.endswith("\n"):
            listed += "\n"
        line = f"{key} # {comment}\n" if comment else f"{key}\n"
        durable.make_folder(self._recipients.parent)
        durable.write(self._recipients, f"{listed}{line}".encode(), mode=0o644)

    def remove(self, key: str) -> None:
        """Lists a public key no more."""
        lines = self._text(self._recipients).splitlines(keepends=True)
        kept = [line for line in lines if line.partition("#")[0].strip() != key]
        durable.write(self._recipients, "".join(kept).encode(), mode=0o644)

    def _source(self) -> str:
        return f"the environment variable {VARIABLE}" if self._environ.get(VARIABLE) else str(self._identity)

    def _listed(self) -> list[tuple[int, str]]:
        lines = self._text(self._recipients).splitlines()
        keys = [(number, line.partition("#")[0].strip()) for number, line in enumerate(lines, start=1)]
        return [(number, key) for number, key in keys if key]

    def _text(self, path: Path) -> str:
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise durable.unusable(path, error) from error

    def _damaged(self) -> AiotctlError:
        if self._environ.get(VARIABLE):
            return failure(
                "identity-damaged",
                "The identity that opens the vault cannot be read",
                f"The environment variable {VARIABLE} holds no age identity.",
                "Give it the line of the identity's file that begins with AGE-SECRET-KEY-1.",
            )
        return failure(
            "identity-damaged",
            "The identity that opens the vault cannot be read",
            f"{self._identity} holds no age identity.",
            f"Put {self._identity} back from a copy.",
        )

    def _no_key(self, line: int) -> Diagnostic:
        return Diagnostic(
            "recipient-unreadable",
            "A recipient of the vault is no public key",
            f"Line {line} of {self._recipients} is neither an age public key (`age1…`) nor an SSH one.",
            "Mend or delete the line; the vault is written for all who are listed, or not at all.",
            Place(str(self._recipients), line),
        )

    def _ignore(self) -> None:
        path = self._identity.with_name(".gitignore")
        if not path.exists():
            durable.write(path, f"{self._identity.name}\n*.guard\n".encode(), mode=0o644)
