"""A bundle as files: whole, the same every time, and in no foreign folder's place."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from aiotctl.errors import AiotctlError
from aiotctl.model.bundle import Bundle
from aiotctl.pipeline.compile import compile_environment
from aiotctl.session.building import write_bundle
from aiotctl.shipped import shipped
from aiotctl.toolbox.locate import locate

TEMPLATES = sorted(path.name for path in shipped("blueprints").iterdir())


@pytest.fixture(scope="module", params=TEMPLATES)
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    from aiotctl.cli.templates import create

    folder = tmp_path_factory.mktemp("project") / request.param
    create(request.param, folder, {}, defaults=True)
    return compile_environment(folder / "blueprint.yaml", None).bundle


def contents(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_bundle_gives_the_same_bytes_and_replaces_a_former_one(
    bundle: Bundle, tmp_path: Path
) -> None:
    target = tmp_path / "build" / "laptop"
    names = write_bundle(bundle, target)
    first = contents(target)
    assert sorted(first) == names
    (target / "left-over").write_text("")
    write_bundle(bundle, target)
    assert contents(target) == first
    assert {path.name for path in target.parent.iterdir()} == {"laptop"}


def test_no_reference_and_no_secret_is_left_in_the_files(bundle: Bundle, tmp_path: Path) -> None:
    write_bundle(bundle, tmp_path / "built")
    for name, text in contents(tmp_path / "built").items():
        assert "{host/" not in text, name
        assert "#mqtt." not in text, name


def test_telegraf_accepts_the_files(bundle: Bundle, tmp_path: Path) -> None:
    telegraf = locate("telegraf")
    if telegraf is None:
        pytest.skip("no telegraf; get it with: aiotctl tools install telegraf")
    write_bundle(bundle, tmp_path / "built")
    gateways = [unit for unit in bundle.units if unit.count("/") == 2]
    for unit in gateways[:1]:
        folder = tmp_path / "built" / unit
        configuration = next(folder.glob("etc/telegraf*.conf"))
        words = [telegraf.path, "config", "check", "--config", configuration.relative_to(folder)]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_a_folder_with_something_else_is_not_replaced(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(AiotctlError, match="was not written by"):
        write_bundle(bundle, tmp_path)
    assert contents(tmp_path) == {"precious": "mine"}


def test_a_bundle_of_hosts_has_its_connections_and_firewalls(tmp_path: Path) -> None:
    blueprint = Path(__file__).parents[1] / "golden" / "pilot" / "blueprint.yaml"
    bundle = compile_environment(blueprint, "pilot").bundle
    write_bundle(bundle, tmp_path / "built", pages={"flows.md": "# Connections\n"})
    built = contents(tmp_path / "built")
    flows = json.loads(built["flows.json"])
    assert {"source", "target", "port", "encrypted", "authenticated"} <= set(flows[0])
    assert len(flows) == len(bundle.flows()) > 0
    assert built["flows.md"] == "# Connections\n"
    assert "tcp dport 8883" in built["host/hub-1/firewall.nft"]
