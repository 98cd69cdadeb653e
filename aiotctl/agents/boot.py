"""Begins an agent on a host where nothing of it lies: its sources come over standard input.

Read there by the line in backends/remote_python.py. After this file the input has two lines with lengths in
bytes, each followed by so much: the sources (JSON of module name to text, deflated) and the request (JSON).
The request names the module whose ``answer`` is called with it. Written so that an older Python can at least
say that it is one.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import sys
import types
import zlib
from collections.abc import Sequence

MARK = b"aiotctl-answer "
OLDEST = (3, 11)


class Sources(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports modules from their texts in memory."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module of that name, where it is one of ours."""
        package = name + ".__init__"
        if name not in self._texts and package not in self._texts:
            return None
        found = importlib.machinery.ModuleSpec(
            name, self, origin=_place(name), is_package=package in self._texts
        )
        found.has_location = True  # so that its source is looked for, by get_source
        return found

    def get_source(self, name: str) -> str:
        """Its text, for those who read their own."""
        return self._texts[name] if name in self._texts else self._texts[name + ".__init__"]

    def exec_module(self, module: types.ModuleType) -> None:
        """Runs its text."""
        name = module.__name__
        code = compile(self.get_source(name), _place(name), "exec")
        exec(code, module.__dict__)  # noqa: S102 - the agent's own sources


def _place(name: str) -> str:
    return "/" + name.replace(".", "/") + ".py, in memory"


def main() -> None:
    """Reads, runs, and prints the answer as one marked line."""
    given = sys.stdin.buffer
    texts = json.loads(zlib.decompress(given.read(int(given.readline()))).decode())
    request = json.loads(given.read(int(given.readline())).decode())
    if sys.version_info < OLDEST:
        answer = {"python": ".".join(str(part) for part in sys.version_info[:3])}
    else:
        sys.meta_path.insert(0, Sources(texts))
        answer = importlib.import_module(request["module"]).answer(request)
    sys.stdout.buffer.write(b"\n" + MARK + json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
