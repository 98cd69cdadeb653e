"""Whom the vaults of a project are encrypted for: listed, added, removed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aiotctl.errors import Exit, failure
from aiotctl.model.access import Recipient
from aiotctl.stores import age, open_vault, state_of
from aiotctl.stores.vault import open_keyring

if TYPE_CHECKING:
    from aiotctl.engine.protocols import Vault


def listed(project: Path) -> tuple[Recipient, ...]:
    """All that are listed."""
    keyring = open_keyring(project)
    own = keyring.public() if keyring.exists() else ""
    return tuple(Recipient(key, comment, key == own) for key, comment in keyring.entries())


def vaults(project: Path, blueprint: Path) -> tuple[Vault, ...]:
    """The vaults of all environments. The blueprint may be wrong otherwise: names and states are read."""
    from aiotctl.pipeline.language.data import mapping_of
    from aiotctl.pipeline.load import load

    environments = mapping_of(load(blueprint).document.data.get("environments"))
    states = {name: mapping_of(one).get("state") for name, one in environments.items()}
    return tuple(open_vault(state_of(project, name, state), project) for name, state in states.items())


def add(project: Path, all_vaults: Sequence[Vault], text: str) -> None:
    """Lets the owner of a public key open every vault of the project. What follows the key is a note."""
    key, comment = _split(text)
    keyring = open_keyring(project)
    if key in (known for known, _ in keyring.entries()):
        return
    _open_all(all_vaults)
    try:
        keyring.add(key, comment)
    except age.AgeError:
        raise failure(
            "recipient-unreadable",
            "A recipient of the vault is no public key",
            f"{key!r} is neither an age public key (`age1…`) nor an SSH one.",
            "Give the public half: `age-keygen -y FILE` prints it.",
            Exit.USAGE,
        ) from None
    for vault in all_vaults:
        vault.rewrap()


def remove(project: Path, all_vaults: Sequence[Vault], which: str) -> None:
    """Lets somebody open the vaults no more, by public key or by the note beside it."""
    keyring = open_keyring(project)
    found = [key for key, comment in keyring.entries() if which in (key, comment)]
    if len(found) != 1:
        raise failure(
            "no-recipient",
            "There is no such recipient" if not found else "Several recipients are called so",
            f"{len(found)} lines are {which!r}.",
            "See them with: aiotctl access recipients",
            Exit.USAGE,
        )
    if keyring.exists() and found[0] == keyring.public():
        raise failure(
            "recipient-own",
            "This is your own key",
            "Without it you could not open the vaults any more.",
            "Let another recipient remove it.",
            Exit.USAGE,
        )
    _open_all(all_vaults)
    keyring.remove(found[0])
    for vault in all_vaults:
        vault.rewrap()


def _open_all(all_vaults: Sequence[Vault]) -> None:
    """Raises AiotctlError where one of them does not open, before anything is written."""
    for vault in all_vaults:
        vault.kept("")


def _split(text: str) -> tuple[str, str]:
    """A key and the note behind it. An SSH key has two words."""
    words = text.split()
    length = 2 if words and words[0].startswith("ssh-") else 1
    return " ".join(words[:length]), " ".join(words[length:]).replace("#", "")
