"""No secret is in anything that is written, told or shown, but in the vault and in private files of hosts."""

from __future__ import annotations

import base64
import json
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from aiotctl.agents.converge.procfs import arguments, scan

from .conftest import made
from .laptop import ENVIRONMENT, Laptop


class Seen:
    """What stood in process lists, in the journal and in the temporary folder while commands ran."""

    def __init__(self, laptop: Laptop) -> None:
        self._laptop = laptop
        self.texts: set[bytes] = set()
        self.open_files: list[Path] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(0.02):
                self.look()

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def look(self) -> None:
        own = str(os.getpid())
        self.texts |= {"\0".join(arguments(pid)).encode() for pid in scan() if str(pid) != own}
        self.texts |= {content for _, content in files([self._laptop.state])}
        for path in self._laptop.temporary.rglob("*.json"):
            if not private(path):
                self.open_files.append(path)


def private(path: Path) -> bool:
    """Whether nobody but its owner can read it, because of its own mode or that of a folder above it."""
    try:
        return any(stat.S_IMODE(one.stat().st_mode) & 0o077 == 0 for one in (path, path.parent))
    except FileNotFoundError:
        return True


def files(places: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    for place in places:
        for path in place.rglob("*"):
            try:
                if path.is_file() and not path.is_symlink():
                    yield path, path.read_bytes()
            except FileNotFoundError:
                continue


def forms(value: str) -> set[bytes]:
    """A secret as it is, and as it stands in JSON, in a URL and in base 64."""
    plain = value.encode()
    return {plain, json.dumps(value)[1:-1].encode(), quote(value, safe="").encode(), base64.b64encode(plain)}


@pytest.fixture(scope="module")
def told(programs: None) -> Iterator[tuple[Laptop, Seen, dict[str, str]]]:
    """An applied project, what was seen meanwhile, and the output of every command that shows something."""
    with made("press-shop") as laptop:
        seen = Seen(laptop)
        env = ("--env", ENVIRONMENT)
        with seen.watching():
            outputs = {
                "plan": laptop.run("plan", *env, "--out", "saved.plan"),
                "plan --json": laptop.run("plan", *env, "--json"),
                "apply": laptop.run("apply", *env, "--yes", "--json"),
            }
            laptop.wait_flowing()
            commands = (
                "status",
                "verify",
                "show",
                "logs",
                "plan --refresh",
                "build --out built",
                "apply --yes",
            )
            outputs |= {words: laptop.run(*words.split(), *env) for words in commands}
        everything = {words: ran.ok().out + ran.err for words, ran in outputs.items()}
        yield laptop, seen, everything


def secrets(laptop: Laptop) -> dict[str, str]:
    """All that is in the vault."""
    content = laptop.environment.vault._content()  # type: ignore[attr-defined]
    values = dict(content.values)
    assert values.pop("access/logins") == "{}", "nobody was given a login"
    assert {name.split("/")[0] for name in values} >= {"broker", "database"}
    return values


def holders(values: dict[str, str], content: bytes) -> list[str]:
    return [name for name, value in values.items() if any(form in content for form in forms(value))]


def test_no_output_no_process_list_and_no_journal_holds_a_secret(
    told: tuple[Laptop, Seen, dict[str, str]],
) -> None:
    laptop, seen, outputs = told
    values = secrets(laptop)
    assert {words for words, text in outputs.items() if holders(values, text.encode())} == set()
    assert [text[:200] for text in seen.texts if holders(values, text)] == []
    assert any(b"ansible-playbook" in text for text in seen.texts)
    assert any(b"unit-start" in text for text in seen.texts)
    assert seen.open_files == []


def test_a_secret_is_in_no_file_but_private_ones_of_hosts(told: tuple[Laptop, Seen, dict[str, str]]) -> None:
    laptop, _, _ = told
    values = secrets(laptop)
    found: set[str] = set()
    for path, content in files([laptop.folder, laptop.home, laptop.temporary]):
        assert holders(values, content) == [], path
    for path, content in files([laptop.base]):
        if names := holders(values, content):
            found |= set(names)
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
            assert "logs" not in path.parts, path
    # The hosts do hold what they need: the search finds what is there.
    assert found >= {name for name in values if name.startswith("broker/")}
    print(f"{len(values)} secrets; in private files of hosts: {len(found)}")


def test_the_vault_is_private_and_encrypted(told: tuple[Laptop, Seen, dict[str, str]]) -> None:
    laptop, _, _ = told
    vault = laptop.state / "vault.age"
    assert vault.read_bytes().startswith(b"age-encryption.org/")
    assert stat.S_IMODE(vault.stat().st_mode) & 0o077 == 0
