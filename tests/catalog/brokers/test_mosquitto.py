"""Mosquitto's files: no name, topic or secret can say more than it is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from aiotctl.catalog.brokers.mosquitto.lines import lines, word
from aiotctl.catalog.brokers.mosquitto.rights import access_file, password_file, topic_filter
from aiotctl.engine.bind import bind, mosquitto_hash
from aiotctl.model.primitives import Right


def test_rights_are_lines_below_their_client() -> None:
    rights = (
        Right("hub-writer", subscribe=("site/+/+",)),
        Right("gateway.a.b", publish=("site/a/b",), subscribe=("sensors/#", "site/a/b")),
        Right("device.a.none"),
    )
    assert access_file(rights) == (
        "user hub-writer\ntopic read site/+/+\n"
        "user gateway.a.b\ntopic write site/a/b\ntopic read sensors/#\ntopic read site/a/b\n"
        "user device.a.none\n"
    )


def test_a_name_too_long_for_a_certificate_is_cut_as_it_is_there() -> None:
    (line,) = access_file((Right(f"gateway.{'a' * 60}.{'b' * 60}"),)).splitlines()
    assert len(line.removeprefix("user ")) == 64
    assert "~" in line


@pytest.mark.parametrize(
    "topic", ["", " a", "a ", "a\ntopic write #", "a\rb", "a\0b", "a\x1bb", "a\x7f", "\ta", "ü" * 40_000]
)
def test_a_topic_that_could_say_more_is_refused(topic: str) -> None:
    with pytest.raises(ValueError, match="cannot be said"):
        topic_filter(topic)


@pytest.mark.parametrize("topic", ["a", "a b/c", "#", "%u/%c", "größe/1", 'a"b', "$SYS/broker/uptime"])
def test_any_other_topic_means_itself(topic: str) -> None:
    assert access_file((Right("c", publish=(topic,)),)) == f"user c\ntopic write {topic}\n"


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\nb", "ü", "a#b"])
def test_a_name_is_one_word(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        word(name)


def test_a_value_stays_on_its_line() -> None:
    assert "".join(map(str, lines({"a": 1, "b": True}, {"c": "d e"}))) == "a 1\nb true\n\nc d e\n"
    with pytest.raises(ValueError, match="one line"):
        lines({"a": "b\nallow_anonymous true"})


@pytest.mark.parametrize("password", ["secret", "-'\"\\$`{%:#", "ü" * 100, " leading", "a:b"])
def test_a_hash_is_what_mosquitto_makes_of_the_password(tmp_path: Path, password: str) -> None:
    made = mosquitto_hash(password)
    assert made == mosquitto_hash(password)
    assert made.startswith("$7$101$")
    assert password not in made
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto_passwd is not there: `apt-get install mosquitto` gets it")
    file = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), "user", password], check=True)
    theirs = file.read_text().strip().split("$")
    assert [len(part) for part in theirs[1:]] == [len(part) for part in made.split("$")[1:]]


def test_a_password_file_holds_only_hashes() -> None:
    text = password_file(("device.a.b", "device.a.c"))
    bound = bind(text, {}, {"broker/device.a.b": "one", "broker/device.a.c": "two"})
    assert bound == f"device.a.b:{mosquitto_hash('one')}\ndevice.a.c:{mosquitto_hash('two')}\n"
