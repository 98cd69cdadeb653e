"""What runs on the host by itself, as a unit of systemd: a change, and taking it back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .apply import converge
from .errors import ConvergeError
from .manifest import Manifest
from .progress import noting
from .reading import read_manifest
from .report import Outcome
from .systemctl import systemctl
from .telling import failed, told
from .transaction import CHANGE, RESULT, WANTED, await_confirmation, begin, pending, read, take_back, write


def change(root: Path) -> None:
    """Applies what is wanted and leaves an answer; what does not come up healthy goes back at once."""
    given = read(root / WANTED)
    manifest = read_manifest(given["manifest"])
    write(root / RESULT, _change(manifest, given))


def take_back_unconfirmed(root: Path) -> None:
    """Nobody confirmed: ends the change where it still goes on, and takes it back."""
    systemctl("stop", "--", CHANGE)
    take_back(root, "nobody confirmed it in time", noting(root))


def _change(manifest: Manifest, given: dict[str, Any]) -> dict[str, Any]:
    confirm, root = manifest.confirm, manifest.root
    assert confirm is not None
    tell = noting(root)
    try:
        outcome = converge(
            manifest,
            adopt=given["adopt"],
            purge_data=given["purge_data"],
            tell=tell,
            before=lambda: begin(manifest, confirm),
        )
    except ConvergeError as error:
        if pending(root) != confirm.id:
            return failed(error)  # refused: nothing was changed
        return {**failed(error), **_back(root, error.summary)}
    answer = told(manifest, outcome)
    if outcome.failures:
        return {**answer, **_back(root, str(answer["msg"]))}
    if pending(root):
        await_confirmation(root, confirm)
        answer["pending"] = {"root": str(root), "id": confirm.id}
    return answer


def _back(root: Path, cause: str) -> dict[str, str]:
    """Takes the change back and says how that went."""
    try:
        outcome: Outcome = take_back(root, cause, noting(root))
    except ConvergeError as error:
        return {"msg": f"{cause}; it could not be taken back: {error}"}
    ill = ", ".join((*(f"{f.service}: {f.reason}" for f in outcome.failures), *outcome.left))
    return {"msg": f"{cause}; the host is back as it was" + (f", but {ill}" if ill else "")}


def main() -> None:
    """`change ROOT` or `take-back ROOT`."""
    command, root = sys.argv[1], Path(sys.argv[2])
    {"change": change, "take-back": take_back_unconfirmed}[command](root)
