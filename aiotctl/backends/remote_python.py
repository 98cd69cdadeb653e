"""Runs one of our agents on machines where nothing of it lies, and leaves nothing behind."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

from aiotctl import agents
from aiotctl.agents.boot import MARK
from aiotctl.backends.ssh import run
from aiotctl.backends.ssh_talk import Command, Done
from aiotctl.backends.ssh_troubles import Failed, plain
from aiotctl.model.blueprint import HostPlace

PACKAGE = "aiotctl_agents"
"""The name that the agents' package has on a machine."""

_READ_BOOT = "import sys;i=sys.stdin.buffer;exec(i.read(int(i.readline())))"
_ALONG = ("converge", "look", "preflight")  # what is sent of the agents


@dataclass(frozen=True, slots=True)
class Question:
    """What an agent is asked on one machine, as root: `request` goes to the function `answer` of `module`.

    It may hold secrets; `password` is sudo's.
    """

    place: HostPlace
    module: str
    request: Mapping[str, Any] = field(repr=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A machine that runs commands, but not this agent; `python` is the version where it is too old."""

    detail: str
    python: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the agent says. `during`: this machine's clock before and after, seconds since 1970."""

    values: dict[str, Any]
    during: tuple[float, float]


Reply = Answered | Failed | Unusable


def ask(questions: Sequence[Question], within_s: float) -> list[Reply]:
    """A reply for each question, in order, machines in parallel."""
    answers = run([_command(question) for question in questions], within_s)
    return [answer if isinstance(answer, Failed) else _read(answer) for answer in answers]


def _command(question: Question) -> Command:
    request = {**question.request, "module": f"{PACKAGE}.{question.module}"}
    words = ("python3", "-I", "-B", "-c", _READ_BOOT)
    stdin = _counted(json.dumps(request).encode())
    return Command(question.place, words, stdin, True, question.password, _sources())


def _read(done: Done) -> Reply:
    _, mark, line = done.out.rpartition(b"\n" + MARK)
    if not mark:
        said = [text for text in done.err.splitlines() if text.strip()]
        return Unusable(plain(said[-1]) if said else f"Python ended with {done.code} and no answer")
    answer = cast("dict[str, Any]", json.loads(line))
    if answer.keys() == {"python"}:
        return Unusable(f"its Python is {answer['python']}", str(answer["python"]))
    return Answered(answer, done.during)


@cache
def _sources() -> bytes:
    """What boots an agent and the agents' sources, the same for all machines."""
    folder = Path(agents.__file__).parent
    texts = {f"{PACKAGE}.__init__": ""}
    for name in _ALONG:
        part = folder / name
        files = sorted(part.glob("**/*.py")) if part.is_dir() else [part.with_suffix(".py")]
        for file in files:
            module = ".".join(file.relative_to(folder).with_suffix("").parts)
            texts[f"{PACKAGE}.{module}"] = file.read_text(encoding="utf-8")
    boot = (folder / "boot.py").read_bytes()
    return _counted(boot) + _counted(zlib.compress(json.dumps(texts).encode()))


def _counted(content: bytes) -> bytes:
    return b"%d\n%b" % (len(content), content)
