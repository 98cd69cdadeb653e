"""Commands over SSH to real machines, and all that keeps them from running."""

from __future__ import annotations

import shlex
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from aiotctl.agents.converge.procfs import arguments, scan
from aiotctl.backends.ssh import run
from aiotctl.backends.ssh_talk import Answer, Command, Done
from aiotctl.backends.ssh_troubles import Failed, Trouble
from aiotctl.model.blueprint import HostPlace
from tests.hosts.fleet import Fleet
from tests.hosts.image import CLERK_PASSWORD

TEXT = bytes(range(256)) * 4_000  # more than any pipe holds


def one(place: HostPlace, *words: str, within_s: float = 30, **more: object) -> Answer:
    command = Command(place, words, **more)  # pyright: ignore[reportArgumentType]
    return run([command], within_s)[0]


def trouble(answer: Answer) -> Trouble:
    assert isinstance(answer, Failed), answer
    return answer.trouble


def done(answer: Answer) -> Done:
    assert isinstance(answer, Done), answer
    return answer


def test_all_machines_answer_in_order(dialled: Fleet) -> None:
    answers = run([Command(machine.place(), ("hostname",)) for machine in dialled], 30)
    assert [done(answer).out for answer in answers] == [f"{machine.name}\n".encode() for machine in dialled]


def test_words_and_bytes_arrive_as_they_are(dialled: Fleet) -> None:
    place = dialled["gw-1"].place()
    words = ("a b", "$HOME", "'", '"', "\\", "", "\n", ";reboot", "*")
    assert done(one(place, "printf", "%s|", *words)).out == "".join(f"{word}|" for word in words).encode()
    assert done(one(place, "cat", stdin=TEXT)).out == TEXT
    assert done(one(place, "cat", stdin=TEXT, as_root=True)).out == TEXT


def test_a_programs_own_code_and_words(dialled: Fleet) -> None:
    for as_root in (False, True):
        answer = done(one(dialled["gw-1"].place(), "sh", "-c", "echo why >&2; exit 255", as_root=as_root))
        assert (answer.code, answer.err) == (255, "why\n")


def test_sudo_without_a_password(dialled: Fleet) -> None:
    assert done(one(dialled["gw-1"].place(), "id", "-u", as_root=True)).out == b"0\n"
    # One that nobody asks for does not become input of the program.
    answer = one(dialled["gw-1"].place(), "cat", as_root=True, stdin=b"x", password=CLERK_PASSWORD)
    assert done(answer).out == b"x"


def test_sudo_with_a_password(dialled: Fleet) -> None:
    place = dialled["gw-1"].place(user="clerk")
    assert trouble(one(place, "id", as_root=True)) is Trouble.SUDO_NEEDS_PASSWORD
    assert trouble(one(place, "id", as_root=True, password="wrong")) is Trouble.SUDO_REFUSED
    answer = done(one(place, "cat", as_root=True, stdin=b"input", password=CLERK_PASSWORD))
    assert (answer.out, answer.err) == (b"input", "")


def test_a_user_who_is_no_sudoer(dialled: Fleet) -> None:
    place = dialled["gw-1"].place(user="guest")
    assert trouble(one(place, "id", as_root=True)) is Trouble.SUDO_NEEDS_PASSWORD


def test_a_password_is_in_no_command_line(dialled: Fleet) -> None:
    """Processes of the machines are this one's too, so one look sees both ends."""
    place = dialled["gw-1"].place(user="clerk")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(one, place, "sleep", "1.5", as_root=True, password=CLERK_PASSWORD)
        lines: set[str] = set()
        while not answer.done():
            lines |= {shlex.join(arguments(pid)) for pid in scan()}
            time.sleep(0.05)
    assert done(answer.result()).code == 0
    assert any("sleep 1.5" in line for line in lines)
    assert not [line for line in lines if CLERK_PASSWORD in line]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"user": "stranger"}, Trouble.AUTHENTICATION),
        ({"port": 2222}, Trouble.UNREACHABLE),
        ({"address": "machine.invalid"}, Trouble.UNREACHABLE),
        ({"jump": "stranger@gw-2"}, Trouble.AUTHENTICATION),
    ],
)
def test_what_cannot_be_reached(dialled: Fleet, change: dict[str, str], expected: Trouble) -> None:
    place = replace(dialled["gw-1"].place(), **change)  # pyright: ignore[reportArgumentType]
    assert trouble(one(place, "true")) is expected


def test_a_jump_host(dialled: Fleet) -> None:
    place = replace(dialled["gw-1"].place(), jump="gw-2")
    answer = one(place, "sh", "-c", "echo $SSH_CONNECTION")
    assert done(answer).out.decode().startswith(dialled["gw-2"].address)


def test_a_key_that_is_not_known(fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text(fleet.ssh_config.read_text().replace(str(fleet.known_hosts), "/dev/null"))
    monkeypatch.setenv("AIOTCTL_SSH_CONFIG", str(config))
    assert trouble(one(fleet["gw-1"].place(), "true")) is Trouble.HOST_KEY_UNKNOWN
    # The person's own config may be lax; this is not.
    config.write_text("Host *\n  StrictHostKeyChecking no\n" + config.read_text())
    assert trouble(one(fleet["gw-1"].place(), "true")) is Trouble.HOST_KEY_UNKNOWN


def test_a_key_that_changed(dialled: Fleet) -> None:
    dialled.change_host_key("gw-2")
    try:
        assert trouble(one(dialled["gw-2"].place(), "true")) is Trouble.HOST_KEY_CHANGED
        behind = replace(dialled["gw-1"].place(), jump="gw-2")
        assert trouble(one(behind, "true")) is Trouble.HOST_KEY_CHANGED
    finally:
        dialled.restore_host_key("gw-2")


def test_a_broken_ssh_config(tmp_path: Path, fleet: Fleet) -> None:
    config = tmp_path / "config"
    config.write_text("Nonsense yes\n")
    answer = run([Command(fleet["gw-1"].place(), ("true",))], 30, str(config))[0]
    assert trouble(answer) is Trouble.SETTINGS


def test_a_machine_that_hangs_costs_its_own_time_only(dialled: Fleet) -> None:
    slow = Command(dialled["gw-1"].place(), ("sleep", "60"))
    quick = Command(dialled["gw-2"].place(), ("true",))
    began = time.monotonic()
    answers = run([slow, quick], 3)
    assert time.monotonic() - began < 10
    assert trouble(answers[0]) is Trouble.TIMEOUT
    assert done(answers[1]).code == 0


def test_a_machine_without_network(dialled: Fleet) -> None:
    dialled["gw-2"].disconnect()
    try:
        began = time.monotonic()
        assert trouble(one(dialled["gw-2"].place(), "true")) is Trouble.UNREACHABLE
        assert time.monotonic() - began < 15
    finally:
        dialled["gw-2"].connect()


def test_forwards_of_a_person_do_not_get_in_the_way(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    mine = "  LocalForward 1 localhost:1\n  RemoteCommand false\n  RequestTTY force\n  ControlMaster yes\n"
    config.write_text(fleet.ssh_config.read_text() + mine + f"  ControlPath {tmp_path}/c\n")
    monkeypatch.setenv("AIOTCTL_SSH_CONFIG", str(config))
    assert done(one(fleet["gw-1"].place(), "echo", "fine")).out == b"fine\n"
