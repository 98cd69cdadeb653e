"""What the command ``access`` does, one function a word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from aiotctl.cli import selecting
from aiotctl.cli.carrying import Carrying
from aiotctl.cli.context import Context
from aiotctl.cli.project import Opened, applied, compiled, opened
from aiotctl.errors import AiotctlError, Exit, failure
from aiotctl.views import access as views

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
LONGEST_DAYS, LONGEST_LEAF = 3650, 825


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be issued, as it was asked for."""

    role: str | None
    device: str | None
    days: int
    out: Path | None
    show: bool


@dataclass(frozen=True, slots=True)
class Applying:
    """Whether to apply what changed at once, and without a question."""

    wanted: bool
    yes: bool


def show_list(here: Context, words: list[str]) -> None:
    """Lists who was given what."""
    from aiotctl.session import access

    _none(words)
    environment = applied(here)
    views.show_credentials(access.credentials(environment), access.certificates(environment), here.output)


def show_table(here: Context, words: list[str]) -> None:
    """Shows what each role may do."""
    from aiotctl.access.rights import broker_rows, rights_table

    _none(words)
    deployment = compiled(here).deployment
    views.show_rights(rights_table(deployment), broker_rows(deployment), here.output)


def issue(here: Context, words: list[str], wish: Wish, applying: Applying) -> Exit:
    """Issues what a person, program or device needs."""
    from aiotctl.session import access

    days = _span(wish.days, LONGEST_DAYS)
    if wish.device is not None:
        _none(words)
        site, _, name = wish.device.partition("/")
        project = opened(here)
        folder = _folder(here, wish, f"device.{site}.{name}")
        handed = access.issue_device(project.environment, project.compiled.deployment, site, name, folder)
        views.show_issued(handed, here.output, "", wish.show)
        return Exit.OK
    name = _one(words)
    if wish.role is None:
        raise _usage(
            "no-role", "Which role is meant?", "Name it with --role; `aiotctl access table` lists them."
        )
    if not NAME.fullmatch(name):
        remedy = "Write a letter, then letters, digits, `-` and `_`, 63 at most."
        raise _usage("bad-name", f"{name!r} cannot be the name of a login.", remedy)
    project, folder = opened(here), _folder(here, wish, name)
    deployment = project.compiled.deployment
    handed = access.issue(project.environment, deployment, name, wish.role, days, folder)
    views.show_issued(handed, here.output, _effective(here, applying, "The login works"), wish.show)
    return _apply(here, project, applying)


def revoke(here: Context, words: list[str], applying: Applying) -> Exit:
    """Takes back what somebody has."""
    from aiotctl.session import access

    name = _one(words)
    project = opened(here)
    gone, others = access.revoke(project.environment, name)
    views.show_revoked(gone, others, here.output, _effective(here, applying, "It is effective"))
    return _apply(here, project, applying)


def recipients(here: Context, words: list[str]) -> None:
    """Lists or changes whom the project's vaults are encrypted for."""
    from aiotctl.session import recipients as session

    environments = session.vaults(here.project, here.blueprint)
    match words:
        case [] | ["list"]:
            pass
        case ["add", *key] if key:
            session.add(here.project, environments, " ".join(key))
        case ["remove", key]:
            session.remove(here.project, environments, key)
        case _:
            raise _usage("recipients-words", "This is not understood.", "Write list, add KEY or remove KEY.")
    views.show_recipients(session.listed(here.project), here.output)


def authority(here: Context, words: list[str], days: int | None) -> None:
    """Shows the environment's authority, takes a person's own in its place, or sets for how many days hosts'
    certificates hold.
    """
    from aiotctl.session import authorities

    environment = applied(here)
    if words == ["new"]:
        authorities.renew(environment)
    elif len(words) == 2:
        authorities.take(environment, Path(words[0]), Path(words[1]))
    elif words:
        raise _usage(
            "authority-words",
            "Two files are needed, or `new`.",
            "Write the certificate's file, then the key's.",
        )
    if days is not None:
        authorities.hold_for(environment, _span(days, LONGEST_LEAF))
    views.show_authority(authorities.found(environment), here.output)


def _apply(here: Context, project: Opened, applying: Applying) -> Exit:
    """Applies the units whose secrets changed, where that is wanted."""
    if not applying.wanted:
        return Exit.OK
    from aiotctl.engine.secrets import changed_secrets
    from aiotctl.session.applying import apply

    environment = project.environment
    targets = tuple(sorted(changed_secrets(environment.record_or_new().units, environment.vault)))
    if not targets:
        return Exit.OK
    chosen = selecting.Limits(targets)
    again = selecting.command(here, "apply", *chosen.flags())
    options = selecting.options(chosen)
    bundle = project.compiled.bundle
    with Carrying(
        here, "apply", "Applied", again, applying.yes, selecting.command(here, "apply")
    ) as carrying:
        return carrying.end(
            apply(environment, bundle, options, carrying.consent, carrying.tell, carrying.cancelled)
        )


def _effective(here: Context, applying: Applying, what: str) -> str:
    if applying.wanted:
        return ""
    return f"{what} with the next apply: `{selecting.command(here, 'apply')}` (or at once, with --apply)."


def _folder(here: Context, wish: Wish, name: str) -> Path:
    """Where the files go."""
    if wish.out is not None:
        return wish.out.resolve()
    return here.project.resolve() / ".aiotctl" / here.environment / "issued" / name


def _span(days: int, longest: int) -> int:
    if not 1 <= days <= longest:
        raise _usage("days-form", f"{days} days is no span that can be.", f"Write 1 to {longest}.")
    return days


def _one(words: list[str]) -> str:
    if len(words) != 1:
        raise _usage("one-name", "One name is needed.", "Write whom it is about.")
    return words[0]


def _none(words: list[str]) -> None:
    if words:
        raise _usage("too-many-words", f"{' '.join(words)!r} is not understood here.", "Leave it out.")


def _usage(code: str, detail: str, remedy: str) -> AiotctlError:
    return failure(code, "The command is not complete, or says too much", detail, remedy, Exit.USAGE)
