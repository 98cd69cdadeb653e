"""Projects made from a template, applied to this machine and always taken away again, whole."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aiotctl.agents.converge.stopping import stop_processes
from aiotctl.toolbox.locate import locate
from aiotctl.toolbox.pins import pins

from .laptop import Laptop, kill_all, processes_below, refuses

New = Callable[..., Laptop]


@pytest.fixture(scope="session")
def programs() -> None:
    """Fails in CI and skips elsewhere where a program would have to be obtained first."""
    wanted = [pin.name for pin in pins().values() if not (pin.bundled or pin.for_building)]
    missing = [name for name in wanted if not locate(name)]
    if missing:
        reason = f"not there: {', '.join(missing)}; get them with: make programs"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@contextmanager
def made(template: str, *data: str) -> Iterator[Laptop]:
    """A new project in a folder of its own. What it applied is gone at the end, or the test fails."""
    place = Path(tempfile.mkdtemp(prefix="aiotctl-e2e-"))
    laptop = Laptop(place / template, place / "home")
    laptop.home.mkdir()
    laptop.temporary.mkdir()
    try:
        answers = [word for pair in data for word in ("--data", pair)]
        laptop.run("init", template, str(laptop.folder), "--defaults", *answers, cwd=place).ok()
        yield laptop
        leave_nothing(laptop)
    finally:
        clear(laptop)
        shutil.rmtree(place, ignore_errors=True)


def leave_nothing(laptop: Laptop) -> None:
    """Destroys an environment and checks that no process, port or file of it is left."""
    if not (laptop.state / "record.json").exists():
        return
    base, ports = laptop.base, laptop.ports()
    laptop.destroy().ok()
    assert processes_below(base) == []
    assert [port for port in ports if not refuses(port)] == []
    assert not base.exists()
    assert not laptop.state.exists()
    assert [path.name for path in laptop.temporary.iterdir() if path.name.startswith("aiotctl-")] == []


def clear(laptop: Laptop) -> None:
    """Whatever a failed test left."""
    if (laptop.state / "record.json").exists():
        base = laptop.base
        kill_all(laptop)
        stop_processes(processes_below(base), "KILL")
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def new(programs: None) -> Iterator[New]:
    """Makes projects for one test."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda template, *data: stack.enter_context(made(template, *data))
