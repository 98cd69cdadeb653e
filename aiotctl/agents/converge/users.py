"""Which OS user a file or service belongs to."""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass

from .errors import ConvergeError

UNPRIVILEGED = "unprivileged"


@dataclass(frozen=True, slots=True)
class Account:
    """An OS user to whom things are given; only root gives."""

    name: str
    uid: int
    gid: int
    home: str


def account_for(user: str | None) -> Account | None:
    """The account to change to, or None where whoever converges is the right one.

    Raises ConvergeError for a user who is not there, or whom only root may become.
    """
    root = os.geteuid() == 0
    if user is None or (user == UNPRIVILEGED and not root):
        return None
    name = "nobody" if user == UNPRIVILEGED else user
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise ConvergeError(
            f"user {name!r} is not on this host", hint="create the user, then apply again"
        ) from None
    if entry.pw_uid == os.geteuid():
        return None
    if not root:
        raise ConvergeError(
            f"a service or file is to belong to {name!r}, which only root can arrange",
            hint=f"apply as root or as {name!r}",
        )
    return Account(name, entry.pw_uid, entry.pw_gid, entry.pw_dir)


def ownership(user: str | None, group: str | None) -> Account | None:
    """To whom a file or folder is given: as `account_for`, with a group of its own where one is named."""
    account = account_for(user)
    if group is None:
        return account
    try:
        gid = grp.getgrnam(group).gr_gid
    except KeyError:
        raise ConvergeError(
            f"group {group!r} is not on this host", hint="create the group, then apply again"
        ) from None
    if account is not None:
        return Account(account.name, account.uid, gid, account.home)
    return Account(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), gid, "/")
