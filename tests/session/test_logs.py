"""What services say, put together from files; how many journals can be followed at once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from aiotctl.backends.remote_logs import Journal
from aiotctl.errors import AiotctlError, Exit
from aiotctl.model.blueprint import HostPlace
from aiotctl.session.logs import FOLLOWED_AT_MOST, Logs

NATS, TELEGRAF = "host/hub/service/nats", "host/a/gw/service/telegraf"


def nothing_lost(problem: AiotctlError) -> None:
    pytest.fail(str(problem))


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    found = {NATS: tmp_path / "nats.log", TELEGRAF: tmp_path / "telegraf.log"}
    for service, path in found.items():
        path.write_text("".join(f"{service} {number}\n" for number in range(9)))
    return found


def test_the_last_lines_of_each(files: dict[str, Path]) -> None:
    told: list[tuple[str, str]] = []
    Logs(files).last(2, lambda service, line: told.append((service, line)), nothing_lost)
    assert told == [(one, f"{one} {number}") for one in (NATS, TELEGRAF) for number in (7, 8)]


def test_first_the_last_lines_and_then_those_that_come(files: dict[str, Path]) -> None:
    told: list[str] = []

    def tell(service: str, line: str) -> None:
        told.append(line)
        if len(told) == 2:
            with files[NATS].open("a") as log:
                log.write("one more\n")
        if line == "one more":
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        Logs(files).follow(1, tell, nothing_lost)
    assert told == [f"{NATS} 8", f"{TELEGRAF} 8", "one more"]


def test_not_all_journals_of_a_fleet_are_followed_at_once() -> None:
    place = HostPlace("gw", "10.0.0.1")
    many = {
        f"host/a/gw-{n}/service/telegraf": Journal(place, "telegraf") for n in range(FOLLOWED_AT_MOST + 1)
    }
    with pytest.raises(AiotctlError, match="too-many-logs") as caught:
        Logs(journals=many).follow(1, lambda *_: None, nothing_lost)
    assert caught.value.exit_code is Exit.USAGE
