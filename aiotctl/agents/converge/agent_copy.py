"""A copy of the agent on the host: it goes on, or takes back, when nobody is connected any more."""

from __future__ import annotations

import importlib.util
import pkgutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from .digest import json_digest
from .errors import ConvergeError
from .files import make_directory, remove, write_whole

FOLDER = "agent"
_PACKAGE = "converge"
_MAIN = f"from {_PACKAGE}.host import main\n\nmain()\n"


def install(root: Path, beside: Mapping[str, str]) -> Path:
    """Puts this agent's own files, and others `beside` them, under the root where they are not there yet.

    Returns the folder, which Python runs.
    """
    folder = root / FOLDER
    sources = {f"{_PACKAGE}/{name}.py": text for name, text in _sources().items()}
    sources |= {"__main__.py": _MAIN, **beside}
    stamp = folder / "digest"
    wanted = json_digest(sources)
    if not (stamp.is_file() and stamp.read_text() == wanted):
        remove(folder)
        make_directory(folder, 0o755, None)
        make_directory(folder / _PACKAGE, 0o755, None)
        for path, text in sources.items():
            write_whole(folder / path, text.encode(), 0o644, None)
        write_whole(stamp, wanted.encode(), 0o644, None)
    return folder


def _sources() -> dict[str, str]:
    """This package's modules as text, wherever it was imported from: files, or an archive."""
    package = __name__.rpartition(".")[0]
    spec = importlib.util.find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    names = [module.name for module in pkgutil.iter_modules(places)]
    return {"__init__": _source(package), **{name: _source(f"{package}.{name}") for name in names}}


def _source(name: str) -> str:
    spec = importlib.util.find_spec(name)
    # Loaders of files and of archives have it, by duck typing.
    get_source = cast("Callable[[str], str | None] | None", getattr(spec and spec.loader, "get_source", None))
    text = get_source(name) if get_source else None
    if text is None:
        raise ConvergeError("the agent cannot read its own files", name)
    return text
