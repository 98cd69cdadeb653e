"""The engine itself, at work on a toy cloud: a folder of things."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from aiotctl.access.ssh_keys import new_key
from aiotctl.backends.pulumi_units import StackBackend, Workplace
from aiotctl.engine.protocols import BoundUnit
from aiotctl.model.cloud import Arguments, Database, Machine, Network
from aiotctl.model.events import Event, UnitDone
from aiotctl.model.names import LOGIN_KEY
from aiotctl.model.primitives import SecretRef, Stack
from aiotctl.toolbox.locate import locate

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
KEY = new_key()


@dataclass(frozen=True)
class Toy:
    """A toy cloud with an engine and a state of the test's own."""

    folder: Path
    place: Workplace

    @property
    def backend(self) -> StackBackend:
        """What works on its stacks."""
        return StackBackend(self.place)

    def with_passphrase(self, passphrase: str) -> Toy:
        """The same, seen with another vault."""
        return Toy(self.folder, replace(self.place, passphrase=lambda: passphrase))

    @property
    def world(self) -> Path:
        return self.folder / "world"

    def things(self) -> dict[str, dict[str, object]]:
        """What is there, by kind and name."""
        return {file.stem: json.loads(file.read_text()) for file in self.world.glob("*.json")}

    def made(self) -> list[str]:
        """All that was done, in order."""
        log = self.world / "log"
        return log.read_text().splitlines() if log.exists() else []

    def begun(self) -> int:
        """How many changes were begun."""
        log = self.world / "begun"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def wait(self, seconds: float) -> None:
        """Lets every change take so long."""
        (self.world / "wait").write_text(str(seconds))

    def refuse(self, words: Mapping[str, str]) -> None:
        """Lets changes of things fail, each with words of its own."""
        lines = [f"{name} {said}\n" for name, said in words.items()]
        (self.world / "refuse").write_text("".join(lines))

    def locks(self) -> list[Path]:
        """Locks that engines hold, or left."""
        return list((self.folder / "state" / ".pulumi" / "locks").rglob("*.json"))

    def pending(self) -> list[object]:
        """Operations that the state calls unfinished."""
        [state] = (self.folder / "state" / ".pulumi" / "stacks").rglob("*.json")
        return json.loads(state.read_text())["checkpoint"]["latest"].get("pending_operations") or []

    def forgive(self) -> None:
        """Lets everything work again."""
        (self.world / "refuse").unlink(missing_ok=True)

    def run(self, *units: BoundUnit) -> list[Event]:
        """All events of an apply."""
        return list(self.backend.run(units, lambda: False))

    def up(self, *units: BoundUnit) -> list[UnitDone]:
        """An apply that goes well."""
        events = self.run(*units)
        done = [event for event in events if isinstance(event, UnitDone)]
        assert len(done) == len(units), events
        return done


def arguments(machines: Sequence[str] = ("hub-1",), database: bool = False, **changed: object) -> Arguments:
    """A small stack of the toy cloud."""
    made = Arguments(
        cloud="toy",
        region="here",
        blueprint="press-shop",
        environment="pilot",
        owner="ops@example.org",
        production=False,
        network=Network("10.80.0.0/24"),
        machines=tuple(Machine(name, ("broker", "timeseries"), 2, 4, 20, "", "ops", "") for name in machines),
        database=Database("db", "17", 2, 4, 20, "admin", "aiot", 7) if database else None,
    )
    return replace(made, **changed)  # pyright: ignore[reportArgumentType]


def unit(
    asked: Arguments, address: str = "stack/hub", state: str = "", remove: bool = False, key: str = ""
) -> BoundUnit:
    """The unit that asks for it."""
    keys = [f"host_key/{machine.name}" for machine in asked.machines]
    wanted = dict.fromkeys(keys, KEY) | {LOGIN_KEY: KEY}
    if asked.database:
        wanted["database/admin"] = "the password"
    secrets = tuple((name, SecretRef(name)) for name in wanted if name != LOGIN_KEY)
    stack = Stack(address, asked, secrets, secrets_provider=key)
    return BoundUnit(address, stack, {}, {} if remove else wanted, remove=remove, state=state)


def install(folder: Path, cloud: str) -> Path:
    """Puts programs into a folder, those of the toy under the name of a cloud. Without the engine this fails
    in CI and else skips.
    """
    if locate("pulumi") is None:
        reason = "Pulumi's engine is not there; `make programs` obtains it"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    shipped = folder / "shipped"
    shutil.copytree(ROOT / "stacks" / "contract", shipped / "contract", symlinks=False)
    shutil.copy(ROOT / "stacks" / "__init__.py", shipped)
    shutil.copytree(HERE / "toy", shipped / cloud)
    provider = shipped / cloud / "provider"
    (provider / "pulumi-resource-toy").rename(provider / f"pulumi-resource-{cloud}")
    (folder / "world").mkdir()
    return shipped


def toy_in(folder: Path) -> Toy:
    """The toy cloud that lies in a folder."""
    engine = locate("pulumi")
    assert engine is not None
    place = Workplace(
        state=f"file://{folder / 'state'}",
        cache=folder / "cache",
        logs=folder / "logs",
        engine=lambda: engine,
        passphrase=lambda: "of tests alone",
        shipped=folder / "shipped",
    )
    return Toy(folder, place)


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """A toy cloud. Without the engine this fails in CI and else skips."""
    monkeypatch.setenv("TOY_WORLD", str(tmp_path / "world"))
    install(tmp_path, "toy")
    return toy_in(tmp_path)
