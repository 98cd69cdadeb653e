"""Downloads over real connections: what is right is kept, what is not never is."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aiotctl.model.events import ToolProgress
from aiotctl.toolbox.locate import find
from aiotctl.toolbox.obtain import obtain
from aiotctl.toolbox.settings import Settings
from aiotctl.toolbox.tool import Origin, ToolError
from tests.toolbox.conftest import MEMBER, PROGRAM, greeter
from tests.toolbox.serving import Behaviour, Downloads, archive, authority

ARCHIVE = archive(MEMBER, PROGRAM)
PATH = "/greeter-1.2.3_amd64.tar.gz"


def quiet(_: ToolProgress) -> None:
    """For tests that look at the result alone."""


def left_in(cache: Path) -> list[str]:
    """Everything in the cache but locks and the memory of versions."""
    files = (str(path.relative_to(cache)) for path in cache.rglob("*") if path.is_file())
    return sorted(name for name in files if not name.endswith((".lock", "versions.json")))


def test_a_download_with_the_pinned_sum_is_kept_and_found_again(
    settings: Settings, events: list[ToolProgress]
) -> None:
    behaviour = Behaviour({PATH: ARCHIVE})
    with Downloads(behaviour) as server:
        pin = greeter(server.url, ARCHIVE)
        tool = obtain(pin, settings, events.append)
        assert obtain(pin, settings, events.append) == tool
    assert (tool.version, tool.origin) == ("1.2.3", Origin.DOWNLOAD)
    assert tool.path.read_bytes() == PROGRAM
    assert behaviour.asked == [PATH]
    assert events[-1] == ToolProgress("greeter", "download", len(ARCHIVE), len(ARCHIVE))
    assert [event.done for event in events] == sorted(event.done for event in events)


def test_a_wrong_sum_is_refused_without_trying_anything_else(settings: Settings) -> None:
    with Downloads(Behaviour({PATH: ARCHIVE})) as server, pytest.raises(ToolError) as caught:
        obtain(greeter(server.url, b"another archive"), settings, quiet)
    problem = caught.value.diagnostics[0]
    assert problem.code == "tool-checksum"
    assert "SHA-256" in problem.detail
    assert left_in(settings.cache) == []


def test_a_download_that_breaks_off_is_tried_again(settings: Settings) -> None:
    behaviour = Behaviour({PATH: ARCHIVE}, break_off=1)
    with Downloads(behaviour) as server:
        tool = obtain(greeter(server.url, ARCHIVE), settings, quiet)
    assert tool.path.read_bytes() == PROGRAM
    assert len(behaviour.asked) == 2


def test_a_download_that_always_breaks_off_says_so(settings: Settings) -> None:
    with Downloads(Behaviour({PATH: ARCHIVE}, break_off=99)) as server, pytest.raises(ToolError) as caught:
        obtain(greeter(server.url, ARCHIVE), settings, quiet)
    problem = caught.value.diagnostics[0]
    assert problem.code == "tool-missing"
    assert "bytes too early" in problem.detail
    assert left_in(settings.cache) == []


def test_a_missing_file_is_asked_for_once(settings: Settings) -> None:
    behaviour = Behaviour()
    with Downloads(behaviour) as server, pytest.raises(ToolError, match="404"):
        obtain(greeter(server.url, ARCHIVE), settings, quiet)
    assert len(behaviour.asked) == 1


def test_a_server_that_is_not_there_says_what_to_look_at(settings: Settings) -> None:
    with Downloads(Behaviour()) as server:
        url = server.url
    with pytest.raises(ToolError, match="refused") as caught:
        obtain(greeter(url, ARCHIVE), settings, quiet)
    assert "HTTPS_PROXY" in caught.value.diagnostics[0].remedy


def test_a_company_authority_is_trusted_when_it_is_named(settings: Settings, tmp_path: Path) -> None:
    ca_file, tls = authority(tmp_path)
    with Downloads(Behaviour({PATH: ARCHIVE}), tls) as server:
        pin = greeter(server.url, ARCHIVE)
        with pytest.raises(ToolError) as caught:
            obtain(pin, settings, quiet)
        assert "AIOTCTL_CA_FILE" in caught.value.diagnostics[0].remedy
        tool = obtain(pin, dataclasses.replace(settings, ca_file=ca_file), quiet)
    assert tool.path.read_bytes() == PROGRAM


def test_an_authority_file_that_is_not_there_is_told(settings: Settings, tmp_path: Path) -> None:
    wrong = dataclasses.replace(settings, ca_file=tmp_path / "absent.pem")
    with pytest.raises(ToolError) as caught:
        obtain(greeter("https://127.0.0.1:1", ARCHIVE), wrong, quiet)
    assert caught.value.diagnostics[0].code == "tool-ca-file"


def test_a_proxy_is_used_but_for_hosts_that_need_none(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, direct = Behaviour({PATH: ARCHIVE}), Behaviour({PATH: ARCHIVE})
    with Downloads(proxy) as proxy_server, Downloads(direct) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy_server.url)
        obtain(greeter("http://downloads.invalid", ARCHIVE), settings, quiet)
        assert proxy.asked == [f"http://downloads.invalid{PATH}"]
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        obtain(greeter(server.url, ARCHIVE, name="other"), settings, quiet)
    assert direct.asked == [PATH]


def test_an_archive_without_the_program_is_told(settings: Settings) -> None:
    other = archive("something/else", PROGRAM)
    with (
        Downloads(Behaviour({PATH: other})) as server,
        pytest.raises(ToolError, match="is not in the archive"),
    ):
        obtain(greeter(server.url, other), settings, quiet)


def test_a_program_that_does_not_run_is_not_kept(settings: Settings) -> None:
    broken = archive(MEMBER, b"\x7fELF nonsense")
    with (
        Downloads(Behaviour({PATH: broken})) as server,
        pytest.raises(ToolError, match="does not tell a version"),
    ):
        obtain(greeter(server.url, broken), settings, quiet)
    assert left_in(settings.cache) == []


def test_offline_refuses_the_network_and_says_how_to_go_on(settings: Settings) -> None:
    behaviour = Behaviour({PATH: ARCHIVE})
    offline = dataclasses.replace(settings, offline=True)
    with Downloads(behaviour) as server, pytest.raises(ToolError, match="AIOTCTL_OFFLINE") as caught:
        obtain(greeter(server.url, ARCHIVE, bundled=True), offline, quiet)
    assert behaviour.asked == []
    assert "AIOTCTL_TOOLS_BUNDLE" in caught.value.diagnostics[0].remedy


def test_a_cache_that_cannot_be_written_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    blocked = dataclasses.replace(settings, cache=tmp_path / "file" / "programs")
    with pytest.raises(ToolError) as caught:
        obtain(greeter("http://127.0.0.1:1", ARCHIVE), blocked, quiet)
    assert caught.value.diagnostics[0].code == "tool-cache-unwritable"


def obtaining_elsewhere(settings: Settings, url: str) -> subprocess.Popen[bytes]:
    """Another process that obtains the same program into the same cache."""
    script = (
        "import sys; from pathlib import Path; from tests.toolbox.conftest import *\n"
        "from aiotctl.toolbox.obtain import obtain; from tests.toolbox.test_download import ARCHIVE\n"
        "cache, url = sys.argv[1:]\n"
        "settings = Settings(Path(cache), 'amd64', Path(sys.prefix), environment={'PATH': '/usr/bin:/bin'})\n"
        "print(obtain(greeter(url, ARCHIVE), settings, lambda event: None).digest)\n"
    )
    command = [sys.executable, "-c", script, str(settings.cache), url]
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)}
    )


def test_killed_in_the_middle_leaves_no_half_program(settings: Settings) -> None:
    behaviour = Behaviour({PATH: ARCHIVE}, pause_s=0.5)
    with Downloads(behaviour) as server:
        pin = greeter(server.url, ARCHIVE)
        child = obtaining_elsewhere(settings, server.url)
        deadline = time.monotonic() + 30
        while not list(settings.cache.glob("greeter/.draft-*/archive")) and time.monotonic() < deadline:
            time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert left_in(settings.cache) != []
        assert find(pin, settings) is None
        behaviour.pause_s = 0
        tool = obtain(pin, settings, quiet)
    assert tool.path.read_bytes() == PROGRAM
    assert len(left_in(settings.cache)) == 2, "the program and its label; the killed draft is gone"


def test_two_processes_download_once(settings: Settings) -> None:
    behaviour = Behaviour({PATH: ARCHIVE}, pause_s=0.1)
    with Downloads(behaviour) as server:
        children = [obtaining_elsewhere(settings, server.url) for _ in range(2)]
        digests = {child.communicate(timeout=60)[0] for child in children}
    assert [child.returncode for child in children] == [0, 0]
    assert len(digests) == 1
    assert behaviour.asked == [PATH]
