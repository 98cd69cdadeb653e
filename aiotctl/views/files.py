"""Differences of files, with those that are the same on many hosts told once."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from aiotctl.model.plan import Action, Change, FileChange
from aiotctl.views.output import Screen
from aiotctl.views.text import Style, listed
from aiotctl.views.units import mark, secret_words

_LINE_STYLES = {"+": Style.ADD, "-": Style.REMOVE, "@": Style.PLACE}


def show_files(changes: Sequence[Change], screen: Screen) -> None:
    """The difference of each file, and the hosts that share it."""
    for (path, action, lines), hosts in _grouped(changes).items():
        screen.line()
        screen.line(mark(action), " ", (Style.STRONG, path), f" on {listed(hosts)}")
        for line in lines:
            style = _LINE_STYLES.get(line[:1])
            screen.line("    ", line if style is None else (style, line))


def _grouped(changes: Sequence[Change]) -> dict[tuple[str, Action, tuple[str, ...]], list[str]]:
    groups: dict[tuple[str, Action, tuple[str, ...]], list[str]] = {}
    for change in changes:
        for file in change.files:
            groups.setdefault((file.path, file.action, tuple(_difference(file, change.secrets))), []).append(
                change.address
            )
    return groups


def _difference(file: FileChange, secrets: Sequence[str]) -> Iterator[str]:
    """The unified difference without its head, which repeats what is said above it. Where only a secret's
    value is another one, its name stands for the difference.
    """
    if file.before == file.after and secrets:
        yield f"(sensitive) {secret_words(secrets)}"
    before, after = file.before.splitlines(), file.after.splitlines()
    yield from list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]
