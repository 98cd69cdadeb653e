"""Texts that would do harm in a shell, in SQL, in a template or on a terminal, through a real environment."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from .conftest import New, made
from .laptop import ENVIRONMENT, Laptop

CANARY = Path("/tmp") / f"canary-{os.getpid()}"
"""Nobody makes this file unless a text below was run. Its name is short: names in an enumeration are."""
SQL = "'); DROP TABLE aiot.value; --"
MARKS = '"%s%(x)s\\n\\ #{[[<b>]]} ${HOME}'
TOPIC = "sensors/{device}/'\"$(id)`id`;id%s&<b\\"
TERMINAL = "\x1b]0;owned\x07\x1b[2J\x9b31m"


def words(canary: Path) -> dict[str, str]:
    """Texts each of which makes a file where it is run or rendered."""
    return {
        "shell": f"$(touch {canary})",
        "older shell": f"`touch {canary}`;touch {canary}",
        "template": f"{{{{lookup('pipe','touch {canary}')}}}}",
        "sql": SQL,
        "marks": MARKS,
    }


def poison(laptop: Laptop) -> dict[str, str]:
    """Puts such texts wherever the language takes text."""
    texts = words(CANARY)
    everything = " ".join(texts.values())
    path = laptop.folder / "blueprint.yaml"
    blueprint = yaml.safe_load(path.read_text(encoding="utf-8"))
    types = blueprint["device_types"]
    press = types["hydraulic-press"]["points"]
    blueprint["owner"] = texts["shell"] + SQL
    types["hydraulic-press"]["description"] = everything
    press["pressure"]["description"] = everything
    press["state"]["enum"] = dict(enumerate(texts.values()))
    types["chiller"]["points"]["supply_temperature"]["node"] = f"ns=2;s={everything}"
    key = everything.replace("\\", "\\\\").replace(".", "\\.")
    types["vibration-sensor"]["points"]["rms"] |= {"topic": TOPIC, "json": key}
    path.write_text(yaml.safe_dump(blueprint, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return texts


@pytest.fixture(scope="module")
def poisoned(programs: None) -> Iterator[tuple[Laptop, dict[str, str]]]:
    with made("press-shop") as laptop:
        texts = poison(laptop)
        laptop.run("validate").ok()
        laptop.apply().ok()
        yield laptop, texts


def controls(text: str) -> set[str]:
    """Control characters that a terminal would obey."""
    return {c for c in text if unicodedata.category(c) == "Cc" and c not in "\n\t"}


def test_all_series_flow_and_nothing_was_run(poisoned: tuple[Laptop, dict[str, str]]) -> None:
    laptop, texts = poisoned
    laptop.wait_flowing()
    [(enum,)] = laptop.rows(
        "SELECT DISTINCT enum::text FROM aiot.series WHERE point = 'state' AND pipeline = ''"
    )
    assert set(json.loads(enum).values()) == set(texts.values())
    seen = laptop.rows("SELECT DISTINCT device FROM devices.chiller WHERE supply_temperature IS NOT NULL")
    assert seen == [("chiller-1",)]
    assert laptop.rows("SELECT count(rms) > 0 FROM devices.vibration_sensor") == [(True,)]
    assert not CANARY.exists()
    assert laptop.changes() == {}


@pytest.mark.parametrize("command", ["plan --refresh", "show", "status", "verify", "build", "logs"])
def test_what_is_told_of_it_holds_no_control_character(
    poisoned: tuple[Laptop, dict[str, str]], command: str
) -> None:
    laptop, _ = poisoned
    log = laptop.root("host/hub") / "logs/telegraf.log"
    with log.open("a", encoding="utf-8") as file:  # as a device's message may come to stand there
        file.write(f"a message {TERMINAL} of a device\n")
    for words in (command, f"{command} --json"):
        ran = laptop.run(*words.split(), "--env", ENVIRONMENT).ok()
        assert controls(ran.out + ran.err) == set(), words
    assert not CANARY.exists()


def test_terminal_control_in_a_blueprint_is_refused_and_shown_harmless(new: New) -> None:
    laptop = new("press-shop")
    path = laptop.folder / "blueprint.yaml"
    blueprint = yaml.safe_load(path.read_text(encoding="utf-8"))
    blueprint["owner"] = TERMINAL
    blueprint["device_types"]["hydraulic-press"]["points"][TERMINAL] = {"register": TERMINAL}
    path.write_text(yaml.safe_dump(blueprint), encoding="utf-8")
    for words in ("validate", "validate --format json", "validate --format github", "plan"):
        ran = laptop.run(*words.split())
        assert ran.code == 5, ran.out + ran.err
        assert controls(ran.out + ran.err) == set(), words
    for words in (["plan", "--env", TERMINAL], [TERMINAL], ["read", TERMINAL], ["show", TERMINAL]):
        ran = laptop.run(*words)
        assert ran.code != 0
        assert controls(ran.out + ran.err) == set(), words
