"""Give people, programs and devices their credentials, list them, take them back."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aiotctl.cli import access, context, selecting
from aiotctl.cli.declared import argument, option
from aiotctl.errors import Exit

DAYS = 90
"""How long it holds where nothing else is said."""


class What(StrEnum):
    """What to do."""

    LIST = "list"
    TABLE = "table"
    ISSUE = "issue"
    REVOKE = "revoke"
    RECIPIENTS = "recipients"
    AUTHORITY = "authority"


def run(
    ctx: typer.Context,
    what: Annotated[
        What,
        argument(
            "list; table; issue NAME; revoke NAME; recipients [list, add KEY, remove KEY]; "
            "authority [new, or CERTIFICATE KEY]."
        ),
    ] = What.LIST,
    words: Annotated[
        list[str] | None, argument("Whom it is about, or what to do with recipients.", metavar="[WORDS]...")
    ] = None,
    role: Annotated[str | None, option("--role", "The role to give; see `access table`.")] = None,
    device: Annotated[
        str | None, option("--device", "Issues user and password of this device.", metavar="SITE/DEVICE")
    ] = None,
    days: Annotated[
        int | None,
        option(
            "--days",
            "How long it holds: what is issued, or with `authority` hosts' certificates. Default: 90.",
        ),
    ] = None,
    out: Annotated[
        Path | None, option("--out", "Folder for the files. Default: a folder of the project.", metavar="DIR")
    ] = None,
    show: Annotated[bool, option("--show", "Also shows the secrets on the screen.")] = False,
    apply: Annotated[bool, option("--apply", "Applies what changed at once.")] = False,
    yes: selecting.Yes = False,
) -> Exit:
    """Says who was given which role (list) and what each role may do (table); issues and revokes logins of
    the database, certificates and passwords of the brokers. Secrets go into files that only you may read,
    and to the screen only with --show. Recipients are whom the project's vaults are encrypted for.
    """
    here, given = context.of(ctx), words or []
    match what:
        case What.LIST:
            access.show_list(here, given)
        case What.TABLE:
            access.show_table(here, given)
        case What.RECIPIENTS:
            access.recipients(here, given)
        case What.AUTHORITY:
            access.authority(here, given, days)
        case What.ISSUE:
            wish = access.Wish(role, device, DAYS if days is None else days, out, show)
            return access.issue(here, given, wish, access.Applying(apply, yes))
        case What.REVOKE:
            return access.revoke(here, given, access.Applying(apply, yes))
    return Exit.OK
