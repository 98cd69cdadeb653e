"""What the wheel carries is all that an installed aiotctl reads."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from aiotctl.shipped import shipped

ROOT = Path(__file__).parents[2]
FOLDERS = [name for name in ("blueprints", "playbooks", "schemas", "stacks") if (ROOT / name).is_dir()]


def tracked(folder: str) -> list[str]:
    """The files under version control; a source archive has no such thing and is skipped."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout: clone the repository to compare the wheel with it")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly built wheel, unpacked as pip would."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "installed")
    return folder / "installed"


@pytest.mark.parametrize("folder", FOLDERS)
def test_shipped_folders_are_complete(unpacked: Path, folder: str) -> None:
    for name in tracked(folder):
        assert (unpacked / "aiotctl" / "_shipped" / name).read_bytes() == (ROOT / name).read_bytes(), name


def test_every_file_of_the_package_is_in_it(unpacked: Path) -> None:
    assert [name for name in tracked("aiotctl") if not (unpacked / name).is_file()] == []


def test_the_installed_package_reads_its_own_copies(unpacked: Path, tmp_path: Path) -> None:
    script = (
        "import json; from aiotctl.shipped import shipped; from aiotctl.toolbox.pins import pins\n"
        f"folders = {{name: str(shipped(name)) for name in {FOLDERS}}}\n"
        "folders['recipe'] = str(pins()['telegraf'].build.folder)\n"
        "print(json.dumps(folders))"
    )
    answer = subprocess.run(
        [sys.executable, "-P", "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )
    for path in json.loads(answer.stdout).values():
        assert Path(path).is_relative_to(unpacked)
        assert Path(path).is_dir()


def test_a_checkout_reads_the_folders_beside_the_package() -> None:
    assert shipped("playbooks") == ROOT / "playbooks"
