"""Runs stacks under the real engine, against clouds of the tests' own."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation as auto

from aiotctl.toolbox.locate import locate
from stacks.contract.arguments import Arguments
from tests.stacks import samples
from tests.stacks.provider.control import Orders
from tests.stacks.provider.install import install
from tests.stacks.provider.state import Held, Holdings

PACKAGES = {"aws": "aws", "azure": "azure-native", "gcp": "gcp"}
"""Pulumi's name of each cloud's provider."""

PASSPHRASE = "of tests alone"

Program = Callable[[], None]


def engine() -> Path:
    """Pulumi's engine. One that is absent fails in CI and else skips."""
    tool = locate("pulumi")
    if tool is None:
        reason = "Pulumi's engine is not there; `make programs` obtains it"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    return tool.path


def program_of(arguments: Arguments) -> Program:
    """What the emitted program of a stack does with these arguments."""
    from stacks.contract import outputs

    def run() -> None:
        secrets = pulumi.Config("aiotctl").require_secret
        given = importlib.import_module(f"stacks.{arguments.cloud}.hub").create(arguments, secrets)
        assert set(given) == set(outputs.names(arguments))
        for name, value in given.items():
            pulumi.export(name, value)

    return run


@dataclass(frozen=True, slots=True)
class Rig:
    """A folder with clouds, engine and state."""

    folder: Path

    @property
    def orders(self) -> Orders:
        """What the clouds are told."""
        return Orders(self.folder / "clouds")

    def held(self, cloud: str) -> Iterator[Held]:
        """What a cloud holds."""
        return Holdings(self.folder / "clouds" / PACKAGES[cloud]).all()

    def holdings(self, cloud: str) -> Holdings:
        """A cloud's holdings, to change by hand."""
        return Holdings(self.folder / "clouds" / PACKAGES[cloud])

    def stack(self, name: str, program: Program, config: Mapping[str, str]) -> auto.Stack:
        """A stack with this program; its configuration's values are secrets."""
        state = self.folder / "state"
        state.mkdir(exist_ok=True)
        stack = auto.create_or_select_stack(
            stack_name=name,
            project_name="aiotctl-press-shop",
            program=program,
            opts=auto.LocalWorkspaceOptions(
                pulumi_command=auto.PulumiCommand(root=str(self.folder)),
                pulumi_home=str(self.folder / "home"),
                env_vars={
                    **install(self.folder / "clouds", os.environ["PATH"]),
                    "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
                },
                project_settings=auto.ProjectSettings(
                    "aiotctl-press-shop", "python", backend=auto.ProjectBackend(f"file://{state}")
                ),
            ),
        )
        stack.set_all_config({key: auto.ConfigValue(value, secret=True) for key, value in config.items()})
        return stack

    def of(self, arguments: Arguments) -> auto.Stack:
        """The stack of these arguments, with the tests' secrets."""
        names = ["database/admin", *(f"host_key/{one.name}" for one in arguments.machines)]
        return self.stack(
            f"{arguments.environment}-hub",
            program_of(arguments),
            {f"aiotctl:{name}": samples.secret(name) for name in names},
        )

    def state_text(self) -> str:
        """Everything that the engine wrote down."""
        return "".join(path.read_text(encoding="utf-8") for path in (self.folder / "state").rglob("*.json"))


def rig(folder: Path) -> Rig:
    """A rig in an empty folder."""
    (folder / "bin").mkdir()
    (folder / "bin" / "pulumi").symlink_to(engine())
    return Rig(folder)


def changes(result: Any) -> dict[str, int]:
    """How many resources an operation touched, by what it did; without those that stay."""
    summary = getattr(result, "change_summary", None) or result.summary.resource_changes or {}
    return {
        str(getattr(kind, "value", kind)): n for kind, n in summary.items() if n and "same" not in str(kind)
    }
