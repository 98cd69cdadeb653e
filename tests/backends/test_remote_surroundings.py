"""What machines of their own are brought: programs for the architecture of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiotctl.backends.remote_surroundings import RemoteSurroundings
from aiotctl.backends.surroundings import Program
from aiotctl.model.blueprint import HostPlace
from aiotctl.model.events import Event
from aiotctl.model.primitives import Host
from aiotctl.pipeline.compile import compile_environment
from tests.session.fleet import BLUEPRINT


@dataclass(frozen=True)
class Made:
    path: Path
    digest: str


def obtain(names: Sequence[str], tell: Callable[[Event], None], arch: str = "") -> Mapping[str, Program]:
    return {name: Made(Path("/cache", arch, name), f"sha256:{name}-{arch}") for name in names}


def host(name: str, arch: str) -> Host:
    place = HostPlace(name, "10.0.0.1")
    return Host(f"host/{name}", place, ("telegraf", "python"), (), (), (), "systemd", arch=arch)


def test_each_machine_gets_what_runs_on_it() -> None:
    around = RemoteSurroundings("0123456789", obtain)
    for arch in ("amd64", "arm64"):
        machine = host("a", arch)
        (brought,) = around.brought(machine)
        assert (str(brought.source), brought.digest) == (f"/cache/{arch}/telegraf", f"sha256:telegraf-{arch}")
        assert around.deliveries(machine)["telegraf"].digest == brought.digest
        assert around.deliveries(machine)["python"].source == "/usr/bin/python3"


def test_what_is_prepared_is_for_every_architecture() -> None:
    asked: list[tuple[tuple[str, ...], str]] = []

    def noted(names: Sequence[str], tell: Callable[[Event], None], arch: str = "") -> Mapping[str, Program]:
        asked.append((tuple(names), arch))
        return obtain(names, tell, arch)

    machines = [host("a", "arm64"), host("b", "amd64"), host("c", "arm64")]
    RemoteSurroundings("0123456789", noted).prepare(machines, lambda _: None)
    assert asked == [(("telegraf",), "amd64"), (("telegraf",), "arm64")]


def test_a_gateways_machine_has_the_architecture_that_the_blueprint_says(tmp_path: Path) -> None:
    file = tmp_path / "blueprint.yaml"
    file.write_text(BLUEPRINT.replace("g1: {}", "g1: {arch: arm64}"))
    render = compile_environment(file, None).bundle.render
    found = {
        unit: rendered.arch
        for unit in ("host/a/g1", "host/a/g2")
        if isinstance(rendered := render(unit), Host)
    }
    assert found == {"host/a/g1": "arm64", "host/a/g2": "amd64"}
