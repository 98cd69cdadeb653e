"""Small parts: digests, the launcher's waiting, addresses of listeners, atomic writing."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from aiotctl.agents.converge.digest import path_digest, stat_key
from aiotctl.agents.converge.errors import ConvergeError
from aiotctl.agents.converge.files import deliver, under, write_whole
from aiotctl.agents.converge.launch import MAX_WAIT, next_wait, wait_for_turn
from aiotctl.agents.converge.procfs import Listener, is_alive, listeners, look_at, socket_inodes
from aiotctl.agents.converge.users import account_for
from aiotctl.toolbox.digest import digest_of


@pytest.fixture
def program(tmp_path: Path) -> Path:
    top = tmp_path / "program"
    (top / "bin").mkdir(parents=True)
    (top / "bin-extra").mkdir()
    (top / "bin/server").write_bytes(b"\x7fELF")
    (top / "bin/server").chmod(0o700)
    (top / "bin-extra/é").write_text("text")
    (top / "lib").symlink_to("bin")
    (top / "latest").symlink_to("bin/server")
    return top


def test_digests_are_those_of_the_toolbox(program: Path) -> None:
    assert path_digest(program) == digest_of(program)
    assert path_digest(program / "bin/server") == digest_of(program / "bin/server")


def test_a_delivered_tree_is_the_same_and_open_to_all(program: Path, tmp_path: Path) -> None:
    target = tmp_path / "there"
    for _ in range(2):  # the second time it replaces
        deliver(program, target, path_digest(program))
        assert path_digest(target) == path_digest(program)
    assert stat.S_IMODE((target / "bin/server").stat().st_mode) == 0o755
    assert sorted(p.name for p in tmp_path.iterdir()) == ["program", "there"]


def test_a_program_of_another_digest_is_not_delivered(program: Path, tmp_path: Path) -> None:
    with pytest.raises(ConvergeError, match="not the expected program"):
        deliver(program, tmp_path / "there", "0" * 64)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["program"]


def test_a_staged_program_of_another_digest_goes(tmp_path: Path) -> None:
    staged = tmp_path / ("0" * 64) / "tool"
    staged.parent.mkdir()
    staged.write_text("another")
    with pytest.raises(ConvergeError, match="not the expected program"):
        deliver(staged, tmp_path / "there", "0" * 64)
    assert not staged.exists()


def test_the_key_of_a_tree_changes_with_any_of_its_files(program: Path) -> None:
    before = stat_key(program)
    assert stat_key(program) == before
    (program / "bin-extra/é").write_text("longer text")
    assert stat_key(program) != before


def test_waits_grow_to_a_bound() -> None:
    waits = [next_wait(n) for n in range(20)]
    assert waits[:4] == [0, 0.25, 0.5, 1]
    assert waits == sorted(waits)
    assert waits[-1] == MAX_WAIT


def test_a_start_long_after_the_last_one_does_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    now = [1000.0]
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("time.time", lambda: now[0])
    for pause in (0, 1, 1, 3600, 1):
        now[0] += pause
        wait_for_turn(tmp_path / "web.starts")
    assert slept == [0, 0.25, 0.5, 0, 0.25]


def test_a_write_replaces_whole_and_leaves_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "name %\n'"
    write_whole(path, b"old", 0o600, None)
    write_whole(path, b"new", 0o644, None)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old", 0o600, None)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new", 0o600, None)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_on_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "etc").symlink_to("/etc")
    with pytest.raises(ConvergeError, match="is not a folder"):
        under(tmp_path, "etc/passwd")


@pytest.mark.parametrize(
    ("listener", "wanted", "taken"),
    [
        ("0.0.0.0", "127.0.0.1", True),
        ("::", "127.0.0.1", True),
        ("127.0.0.1", "0.0.0.0", True),
        ("127.0.0.1", "localhost", True),
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("127.0.0.2", "127.0.0.1", False),
    ],
)
def test_which_listeners_are_in_the_way(listener: str, wanted: str, taken: bool) -> None:
    assert Listener(listener, 80, 1).serves(wanted, 80) is taken
    assert not Listener(listener, 81, 1).serves(wanted, 80)


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_own_listeners_are_found(family: socket.AddressFamily, host: str) -> None:
    with socket.socket(family) as server:
        try:
            server.bind((host, 0))
        except OSError:
            pytest.skip(f"this machine has no {host}: enable IPv6 to run this")
        server.listen()
        port = server.getsockname()[1]
        (found,) = [lst for lst in listeners() if lst.port == port]
        assert found.host == host
        assert socket_inodes([os.getpid()])[found.inode] == os.getpid()


def test_a_process_is_known_by_number_and_start() -> None:
    process = look_at(os.getpid())
    assert process
    assert is_alive(process)
    assert process.parent == os.getppid()


def test_an_unknown_user_is_told() -> None:
    with pytest.raises(ConvergeError, match="no-such-user"):
        account_for("no-such-user")
