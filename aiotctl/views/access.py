"""Who was given what, what each role may do, and whom the vault is encrypted for.

Messages of the stream: ``credential`` (name, role, kinds, since, ends, revoked: seconds since the epoch, 0
for never); ``certificate`` (name, since, ends, revoked); ``role_right`` (role, what, may: empty, ``yes``,
``all`` or names of sites); ``issued`` (name, role, kinds, ends, folder, files); ``revoked`` (name, kinds,
effective_with, others); ``recipient`` (key, comment, own); ``authority`` (subject, fingerprint, ends,
days); ``broker_right`` (who, publishes, hears: topics). Secrets are in none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from aiotctl.model.access import (
    Authority,
    BrokerRow,
    CertificateState,
    Credential,
    Handed,
    Recipient,
    RightsTable,
)
from aiotctl.views.output import Output, Screen
from aiotctl.views.table import Column, show_table
from aiotctl.views.text import Part, Style, count, listed

SOON_S = 30 * 86400
"""An end so near is told in another colour."""

_LIST = (
    Column("who", least=12),
    Column("role", least=8),
    Column("what", least=12),
    Column("since"),
    Column("ends"),
    Column("state"),
)
_BROKERS = (Column("at the brokers", least=16), Column("publishes", least=12), Column("hears", least=12))
ROLES_A_TABLE = 6


def show_issued(handed: Handed, output: Output, effective: str, show: bool) -> None:
    """What was given, where it lies, and how it is used; the secrets themselves only with ``show``."""
    one = handed.credential
    if output.stream is not None:
        output.stream.write(
            "issued",
            name=one.name,
            role=one.role,
            kinds=_kinds(one),
            ends=one.ends,
            folder=handed.folder,
            files=[name for name, _ in handed.files],
        )
    screen = output.screen
    if screen is None:
        return
    until = f", until {_day(one.ends)}" if one.ends else ""
    role = "" if one.role == "device" else f" of role {one.role}"
    screen.line(
        (Style.GOOD, "Issued"), f" {' and '.join(_kinds(one))} to ", (Style.STRONG, one.name), role, until
    )
    screen.line(f"Files that only you may read, in {handed.folder}:")
    for name, content in handed.files:
        screen.line("  ", (Style.STRONG, name))
        if show:
            for line in content.rstrip("\n").split("\n"):
                screen.line("    ", line)
    for purpose, command in handed.uses:
        screen.line(f"{purpose}: ", (Style.STRONG, command))
    if effective:
        screen.paragraph(effective)


def show_revoked(gone: Credential, others: Sequence[Credential], output: Output, effective: str) -> None:
    """What was taken back, from when on, and who needs something new because of it."""
    if output.stream is not None:
        names = [one.name for one in others]
        kinds = _kinds(gone)
        output.stream.write("revoked", name=gone.name, kinds=kinds, effective_with="apply", others=names)
    screen = output.screen
    if screen is None:
        return
    screen.line((Style.GOOD, "Revoked"), f" {' and '.join(_kinds(gone))} of ", (Style.STRONG, gone.name))
    if others:
        who = listed([one.name for one in others], most=12)
        screen.paragraph(f"The role's password at the broker changes with it: issue it anew to {who}.")
    screen.paragraph(effective)


def show_credentials(
    people: Sequence[Credential], certificates: Sequence[CertificateState], output: Output
) -> None:
    """Everybody who was given something, then the certificates of hosts and services."""
    now = output.clock()
    if output.stream is not None:
        for one in people:
            output.stream.write(
                "credential",
                name=one.name,
                role=one.role,
                kinds=_kinds(one),
                since=one.since,
                ends=one.ends,
                revoked=one.revoked,
            )
        for state in certificates:
            output.stream.write(
                "certificate", name=state.name, since=state.since, ends=state.ends, revoked=state.revoked
            )
    if output.screen is None:
        return
    rows = [_row(one.name, one.role, " and ".join(_kinds(one)), one, now) for one in people]
    rows += [_row(one.name, "", "certificate of a host or service", one, now) for one in certificates]
    if rows:
        show_table(output.screen, _LIST, rows)
    else:
        output.screen.line("Nobody was given anything. Give somebody a role with: aiotctl access issue")


def show_rights(table: RightsTable, brokers: Sequence[BrokerRow], output: Output) -> None:
    """The table of roles, many of them in several below each other; then who does what at the brokers."""
    if output.stream is not None:
        for row in brokers:
            output.stream.write("broker_right", who=row.who, publishes=row.publishes, hears=row.hears)
        for what, cells in table.rows:
            for role, may in zip(table.roles, cells, strict=True):
                output.stream.write("role_right", role=role, what=what, may=may)
    if output.screen is None:
        return
    for start in range(0, len(table.roles), ROLES_A_TABLE):
        if start:
            output.screen.line()
        _show_rights(table, slice(start, start + ROLES_A_TABLE), output.screen)
    output.screen.line()
    rows = [[row.who, ", ".join(row.publishes) or "-", ", ".join(row.hears) or "-"] for row in brokers]
    show_table(output.screen, _BROKERS, rows)


def show_recipients(recipients: Sequence[Recipient], output: Output) -> None:
    """Whom the project's vaults are encrypted for."""
    for one in recipients:
        if output.stream is not None:
            output.stream.write("recipient", key=one.key, comment=one.comment, own=one.own)
        if output.screen is not None:
            own: Part = (Style.GOOD, "  (you)") if one.own else ""
            output.screen.line(one.key, (Style.FAINT, f"  {one.comment}" if one.comment else ""), own)


def show_authority(found: Authority | None, output: Output) -> None:
    """The environment's authority."""
    if output.stream is not None and found is not None:
        output.stream.write(
            "authority",
            subject=found.subject,
            fingerprint=found.fingerprint,
            ends=found.ends,
            days=found.days,
        )
    if output.screen is None:
        return
    if found is None:
        output.screen.line(
            "There is no authority yet: the first apply of an environment with hosts makes one."
        )
        return
    output.screen.line((Style.STRONG, found.subject))
    output.screen.line(f"SHA-256 {found.fingerprint}")
    output.screen.line(f"ends {_day(found.ends)}; certificates of hosts hold {count(found.days, 'day')}")


def _show_rights(table: RightsTable, chosen: slice, screen: Screen) -> None:
    columns = [Column("may", least=16), *(Column(role, least=8) for role in table.roles[chosen])]
    rows: list[list[Part]] = [[what, *(_cell(cell) for cell in cells[chosen])] for what, cells in table.rows]
    show_table(screen, columns, rows)


def _cell(may: str) -> Part:
    if not may:
        return (Style.FAINT, "-")
    return (Style.GOOD, "all sites" if may == "all" else may)


def _row(name: str, role: str, what: str, one: Credential | CertificateState, now: float) -> list[Part]:
    return [name, role, what, _day(one.since), _day(one.ends), _state(one, now)]


def _state(one: Credential | CertificateState, now: float) -> Part:
    if one.revoked:
        return (Style.BAD, f"revoked {_day(one.revoked)}")
    if one.ends and one.ends <= now:
        return (Style.BAD, "ended")
    if one.ends and one.ends - now < SOON_S:
        return (Style.DOUBTFUL, "ends soon")
    return (Style.GOOD, "holds")


def _kinds(one: Credential) -> list[str]:
    return [kind.value for kind in one.kinds]


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d") if seconds else "-"
