"""The secrets of an environment in one document, encrypted with age to all who may open it.

A secret of the compiler's is born when its value is asked for the first time. One that a person gives
(``{secret: NAME}``) comes from the process environment, ``AIOTCTL_SECRET_<NAME>``, and is kept from then on.
Nothing here shows a value: not the text of an error, not the representation of an object.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from aiotctl.diagnostics import Diagnostic
from aiotctl.errors import AiotctlError, failure
from aiotctl.stores import age
from aiotctl.stores.document import Document, FileDocument
from aiotctl.stores.generators import generate, is_given
from aiotctl.stores.identity import Keyring

VERSION = 1
VARIABLE = "AIOTCTL_SECRET_"
"""Prefix of the environment variables in which a person gives secrets."""


@dataclass(frozen=True, slots=True)
class _Content:
    """What is in the vault: a key for fingerprints, whom it was written for, and the secrets by name."""

    key: bytes = field(repr=False)
    recipients: tuple[str, ...]
    values: Mapping[str, str] = field(repr=False)


class AgeVault:
    """A Vault in a document that is never half written, nor written by two programs at once."""

    def __init__(self, document: Document, keyring: Keyring, environ: Mapping[str, str] = os.environ) -> None:
        self._document = document
        self._keyring = keyring
        self._environ = environ
        self._read: tuple[bytes, _Content] | None = None

    def values(self, names: Sequence[str]) -> Mapping[str, str]:
        """The values of these secrets; what is new is written before this returns.

        Raises AiotctlError with a diagnostic for each secret that a person must give and has not given.
        """
        content = self._content()
        if content is None or not self._serves(content, names):
            content = self._rewritten(lambda known: self._complete(dict(known), names))
        return {name: content.values[name] for name in names}

    def put(self, name: str, value: str) -> None:
        """Keeps a secret that a person gives, in place of a former value."""
        self._rewritten(lambda known: {**known, name: value})

    def fingerprints(self, names: Collection[str]) -> Mapping[str, str]:
        """A keyed hash of each secret's value, fit for the record; empty for one that has none."""
        content = self._content()
        if content is None:
            return dict.fromkeys(names, "")
        return {name: _fingerprint(content, name, self._given(name)) for name in names}

    def kept(self, prefix: str) -> Mapping[str, str]:
        """The values whose names begin so; nothing is born."""
        content = self._content()
        values: Mapping[str, str] = content.values if content is not None else {}
        return {name: value for name, value in values.items() if name.startswith(prefix)}

    def change(self, work: Callable[[Mapping[str, str]], Mapping[str, str | None]]) -> None:
        """Changes values as one step, while no other program writes. ``work`` is called again where another
        program was quicker.
        """

        def changed(known: Mapping[str, str]) -> Mapping[str, str]:
            wanted = {**known, **work(known)}
            values = {name: value for name, value in wanted.items() if value is not None}
            return known if values == known else values

        self._changed(changed)

    def rewrap(self) -> bool:
        """Writes the vault for those who are listed now; False where there is no vault."""
        if self._document.read() is None:
            return False
        self._rewritten(dict)
        return True

    def _complete(self, known: dict[str, str], names: Sequence[str]) -> Mapping[str, str]:
        missing: list[Diagnostic] = []
        for name in names:
            given = self._given(name)
            if given is not None:
                known[name] = given
            elif name not in known and is_given(name):
                missing.append(self._missing(name))
            elif name not in known:
                known.update(generate(name))
        if missing:
            raise AiotctlError(missing)
        return known

    def _given(self, name: str) -> str | None:
        return self._environ.get(_variable(name)) or None if is_given(name) else None

    def _missing(self, name: str) -> Diagnostic:
        return Diagnostic(
            "secret-missing",
            "A secret that the blueprint names has no value",
            f"The blueprint says `{{secret: {name}}}`; it is neither in {self._document.name} nor in the "
            f"environment variable {_variable(name)}.",
            f"Set it for one apply, it is kept from then on: `read -rs {_variable(name)}; "
            f"export {_variable(name)}`, then run the command again.",
        )

    def _serves(self, content: _Content, names: Sequence[str]) -> bool:
        """Whether there is nothing to write: all names known as given now, all recipients served."""
        given = ((name, self._given(name)) for name in names)
        if any(
            name not in content.values or value not in (None, content.values[name]) for name, value in given
        ):
            return False
        return list(content.recipients) == self._keyring.recipients()

    def _rewritten(self, work: Callable[[Mapping[str, str]], Mapping[str, str]]) -> _Content:
        """What is in the vault now that it was written anew with the values that ``work`` gives."""
        content = self._changed(lambda known: dict(work(known)))
        assert content is not None  # a new mapping is always written
        return content

    def _changed(self, work: Callable[[Mapping[str, str]], Mapping[str, str]]) -> _Content | None:
        """Writes what ``work`` makes of the values; the same mapping is no change.

        No other program adds a secret at the same time: what either gave out must stay what it was.
        """
        written: _Content | None = None

        def sealed(encrypted: bytes | None) -> bytes | None:
            nonlocal written
            former = self._parsed(encrypted)
            known: Mapping[str, str] = former.values if former is not None else {}
            values = work(known)
            if values is known:
                return encrypted
            written, content = self._sealed(former, values)
            return content

        self._document.prepare()
        self._document.change(sealed)
        return written

    def _sealed(self, former: _Content | None, values: Mapping[str, str]) -> tuple[_Content, bytes]:
        """These values as the vault's bytes, encrypted to all who are listed now."""
        if former is None:
            self._keyring.ensure()
        self._keyring.check()
        recipients = self._keyring.recipients()
        key = former.key if former is not None else secrets.token_bytes(32)
        tree = {
            "version": VERSION,
            "key": key.hex(),
            "recipients": recipients,
            "values": dict(sorted(values.items())),
        }
        encrypted = age.encrypt(json.dumps(tree).encode(), recipients)
        return _Content(key, tuple(recipients), values), encrypted

    def _content(self) -> _Content | None:
        """What is in the vault; None before the first secret."""
        return self._parsed(self._document.read())

    def _parsed(self, encrypted: bytes | None) -> _Content | None:
        """What is in these bytes; opened once, as long as a document gives the same object."""
        if encrypted is None:
            return None
        if self._read is None or self._read[0] is not encrypted:
            self._read = (encrypted, self._parse(self._open(encrypted)))
        return self._read[1]

    def _open(self, encrypted: bytes) -> bytes:
        if not self._keyring.exists():
            raise self._keyring.missing(self._document.name)
        try:
            return age.decrypt(encrypted, self._keyring.secret())
        except age.AgeError:
            raise self._keyring.refused(self._document.name) from None

    def _parse(self, text: bytes) -> _Content:
        try:
            tree = cast(dict[str, Any], json.loads(text))
            if tree["version"] > VERSION:
                raise failure(
                    "vault-newer",
                    "The vault was written by a newer aiotctl",
                    f"{self._document.name} has version {tree['version']}; this aiotctl knows {VERSION}. "
                    "Nothing was touched.",
                    "Use the aiotctl that wrote it, or a later one.",
                )
            values = cast(dict[str, Any], tree["values"])
            if not all(isinstance(value, str) for value in values.values()):
                raise TypeError("a secret is text")
            return _Content(bytes.fromhex(tree["key"]), tuple(tree["recipients"]), values)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise failure(
                "vault-damaged",
                "The vault holds what no vault holds",
                f"{self._document.name} could be opened, but aiotctl did not write what is in it.",
                f"Put {self._document.name} back from a copy.",
            ) from None


class FileVault(AgeVault):
    """A vault in a file, with its guard beside it."""

    def __init__(self, path: Path, keyring: Keyring, environ: Mapping[str, str] = os.environ) -> None:
        super().__init__(FileDocument(path, path.with_name("vault.guard")), keyring, environ)


def open_vault(folder: Path, project: Path) -> FileVault:
    """The vault of the environment whose state lies in ``folder``, for the people of the project."""
    return FileVault(folder / "vault.age", open_keyring(project))


def open_keyring(project: Path) -> Keyring:
    """Who may open the vaults of a project."""
    keys = project / ".aiotctl"
    return Keyring(keys / "identity.age", keys / "recipients")


def _fingerprint(content: _Content, name: str, given: str | None) -> str:
    value = given or content.values.get(name)
    if value is None:
        return ""
    # BLAKE2b is keyed by its own definition (RFC 7693); short and quick, for a fleet has tens of thousands.
    return hashlib.blake2b(f"{name}\0{value}".encode(), key=content.key, digest_size=16).hexdigest()


def _variable(name: str) -> str:
    return VARIABLE + re.sub(r"\W", "_", name, flags=re.ASCII).upper()
