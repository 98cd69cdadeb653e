"""What engine and cloud say went wrong, as diagnostics. The one place that matches on their texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from aiotctl.backends.pulumi_preview import ROOT, name_of
from aiotctl.backends.pulumi_told import Ended, Phase, Said, Step, Told, Waiting, Why
from aiotctl.diagnostics import Diagnostic

LONGEST = 2000
"""Characters of what is told; the log has the rest."""

_TRACEBACK = "Traceback (most recent call last)"


class _Kind(NamedTuple):
    """One kind of refusal: the texts by which it is known, and what helps."""

    code: str
    summary: str
    said: re.Pattern[str]
    remedy: str


def _kind(code: str, summary: str, *, said: str = "", remedy: str) -> _Kind:
    return _Kind(code, summary, re.compile(said, re.IGNORECASE), remedy)


@cache
def _kinds() -> tuple[_Kind, ...]:
    """The kinds of refusals that are told apart; the first that fits counts."""
    return (
        _kind(
            "cloud-library",
            "The library of a cloud is not installed",
            said=r"No module named 'pulumi_",
            remedy="Install it with aiotctl: `pip install 'aiotctl[aws]'`, or `[azure]`, or `[gcp]`.",
        ),
        _kind(
            "cloud-plugin",
            "The provider of a cloud is not there",
            said=r"no resource plugin|could not find plugin|plugin .* not found|failed to load plugin",
            remedy="Put its program (`pulumi-resource-NAME`) on the PATH, or let the engine fetch it: "
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=false.",
        ),
        _kind(
            "cloud-credentials",
            "The cloud does not know who asks, or does not let them",
            said=r"credential|unauthori[sz]ed|access ?denied|forbidden|not authorized|expired ?token",
            remedy="Log in to the cloud as its own tools do; its guide names the rights it takes.",
        ),
        _kind(
            "cloud-quota",
            "The cloud's quota is used up",
            said=r"quota|limit ?exceeded|too many|insufficient.*capacity|instance ?limit",
            remedy="Ask the cloud for more, free something, or choose another region or smaller machines.",
        ),
        _kind(
            "cloud-protected",
            "A resource that is protected would have to go",
            said=r"marked for protection|deletion[ _]?protection",
            remedy="Production protects what holds data. Where it is really to go, lift the protection "
            "in the cloud and say --allow-data-loss.",
        ),
        _kind(
            "cloud-passphrase",
            "The stack's secrets cannot be opened",
            said=r"incorrect passphrase|constructing secrets manager|failed to decrypt|"
            r"message authentication failed",
            remedy="The stack was made with another vault than this environment's: bring back the vault that "
            "belongs to this state, or the state that belongs to this vault.",
        ),
        _kind(
            "cloud-conflict",
            "Something of that name is there already, or is being changed by somebody else",
            said=r"already ?exists|is there already|conflict|already ?owned|in use by|in use on this machine|"
            r"operation in progress",
            remedy="See whose it is. What is left of an interrupted apply can be taken over: "
            "`pulumi import` in the folder that `aiotctl build` writes.",
        ),
        _kind(
            "cloud-timeout",
            "The cloud did not answer in time",
            said=r"timed? ?out|deadline exceeded|timeout",
            remedy="Apply again: what was made is known, and what was under way is looked for first.",
        ),
        _kind(
            "cloud-provider-ended",
            "The provider ended before it answered",
            said=r"transport is closing|connection refused|error reading from server|connection error|"
            r"plugin exited",
            remedy="Apply again: what it did is looked for first. If it ends again, its last words are "
            "in the log.",
        ),
    )


def _other() -> _Kind:
    return _kind(
        "cloud-refused",
        "The cloud refused a resource",
        remedy="Mend the cause and apply again: what was made is kept and known.",
    )


def _of_engine() -> _Kind:
    return _kind(
        "stack-failed",
        "The engine could not carry a stack out",
        remedy="See the log; mend the cause and apply again: what was made is kept and known.",
    )


def _of_program() -> _Kind:
    return _kind(
        "stack-program",
        "The program of a stack failed",
        remedy="This is a fault of the stack's program: report it with the log.",
    )


def diagnostics(unit: str, told: Sequence[Told], log: Path) -> tuple[Diagnostic, ...]:
    """Why an operation failed, one finding for each resource that did; empty where it went well."""
    ended = next((one for one in told if isinstance(one, Ended)), Ended(Why.ENGINE, "It told no end."))
    if ended.why is None:
        return ()
    if ended.why is Why.LOCKED:
        return (_locked(unit, told, log),)
    if ended.why is Why.CANCELLED:
        return (_cancelled(unit, log),)
    said = tuple(dict.fromkeys(one for one in told if isinstance(one, Said) and one.severity == "error"))
    about = [one for one in said if one.urn and one.text and not _is_echo(one)]
    if about:
        return tuple(_of_resource(unit, one, log) for one in about)
    failed = [one for one in told if isinstance(one, Step) and one.phase is Phase.FAILED]
    text = "\n".join(one.text for one in said if one.text) or _last_words(ended.detail)
    program = ended.why is Why.PROGRAM or "inline source runtime error" in text
    kind = _kind_of(text, _of_program() if program else _of_engine())
    where = f"{unit}: {', '.join(name_of(step.urn) for step in failed)}" if failed else unit
    return (_finding(kind, unit, f"{where}: {_short(text)}", log),)


def _of_resource(unit: str, said: Said, log: Path) -> Diagnostic:
    kind = said.urn.split("::")[-2].rpartition("$")[2]
    if kind == ROOT:
        return _finding(_kind_of(said.text, _of_program()), unit, f"{unit}: {_short(said.text)}", log)
    return _finding(
        _kind_of(said.text, _other()), unit, f"{unit}, {kind} {name_of(said.urn)}: {_short(said.text)}", log
    )


def _is_echo(said: Said) -> bool:
    """The engine repeats on the stack itself that something failed."""
    return f"::{ROOT}::" in said.urn and said.text.startswith(("update failed", "preview failed"))


def _kind_of(text: str, otherwise: _Kind) -> _Kind:
    return next((kind for kind in _kinds() if kind.said.search(text)), otherwise)


def _finding(kind: _Kind, unit: str, detail: str, log: Path) -> Diagnostic:
    return Diagnostic(kind.code, kind.summary, f"{detail}\nThe whole log: {log}", kind.remedy, address=unit)


def _locked(unit: str, told: Iterable[Told], log: Path) -> Diagnostic:
    held = [one for one in told if isinstance(one, Waiting)]
    who = "; ".join(f"{one.who} on {one.host}, process {one.pid}, since {one.since}" for one in held)
    return Diagnostic(
        "stack-locked",
        "Another engine is at work on a stack",
        f"{unit} is held by {who or 'somebody'}.\nThe whole log: {log}",
        "Wait for it to end. Where it is known to be dead, take its lock away: `pulumi cancel` in the folder "
        "that `aiotctl build` writes.",
        address=unit,
    )


def _cancelled(unit: str, log: Path) -> Diagnostic:
    return Diagnostic(
        "stack-interrupted",
        "A stack was interrupted",
        f"{unit}: the engine ended what it had begun and started nothing more.\nThe whole log: {log}",
        "Apply again: it goes on from there.",
        address=unit,
    )


def _short(text: str) -> str:
    """The engine's words without its empty lines; of a program's traceback, which the log has, the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if _TRACEBACK in text:
        lines = lines[-1:]
    return "\n".join(lines)[:LONGEST]


def _last_words(detail: str) -> str:
    lines = [line for line in detail.splitlines() if line.strip().startswith("error:")]
    return "\n".join(lines) or "\n".join(detail.splitlines()[-5:])
