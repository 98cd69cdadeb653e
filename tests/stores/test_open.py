from pathlib import Path

import pytest

from aiotctl.errors import AiotctlError, Exit
from aiotctl.model.record import JournalEntry
from aiotctl.stores import open_store, open_vault, schemes, state_of


@pytest.mark.parametrize(
    ("state", "where"),
    [
        (None, "/home/eve/shop/.aiotctl/pilot"),
        ("state/pilot", "/home/eve/shop/state/pilot"),
        ("/srv/state", "/srv/state"),
        ("~/state", "/home/eve/state"),
        ("file:///srv/state", "/srv/state"),
        ("file:state/pilot", "/home/eve/shop/state/pilot"),
        ("s3://bucket/pilot", "s3://bucket/pilot"),
    ],
)
def test_where_the_state_of_an_environment_lives(state, where, monkeypatch):
    monkeypatch.setenv("HOME", "/home/eve")
    assert state_of(Path("/home/eve/shop"), "pilot", state) == where


@pytest.mark.parametrize("form", ["{}", "file:{}", "file://{}", "FILE://{}"])
def test_a_path_and_a_file_url_name_the_same_folder(tmp_path, form):
    folder = tmp_path / "with space"
    open_store(folder, print).append(JournalEntry("begin"))
    store = open_store(form.format(str(folder).replace(" ", "%20") if ":" in form else folder), print)
    assert store.journal() == (JournalEntry("begin"),)


def test_a_file_url_with_a_machine_is_told(tmp_path):
    for call in (
        lambda: state_of(tmp_path, "pilot", "file://srv/state"),
        lambda: open_store("file://a/b", print),
    ):
        with pytest.raises(AiotctlError) as error:
            call()
        assert error.value.diagnostics[0].code == "state-elsewhere"


@pytest.mark.parametrize("url", ["ftp://bucket/pilot", "postgres://db"])
def test_a_scheme_that_nobody_answers_is_told_with_those_that_are(url, tmp_path):
    for call in (lambda: open_store(url, print), lambda: open_vault(url, tmp_path)):
        with pytest.raises(AiotctlError) as error:
            call()
        diagnostic = error.value.diagnostics[0]
        assert (diagnostic.code, error.value.exit_code) == ("unknown-store", Exit.INVALID)
        assert "known are `azblob:`, `file:`, `gs:`, `s3:`" in diagnostic.detail


def test_a_url_with_a_password_is_not_shown(tmp_path):
    with pytest.raises(AiotctlError) as error:
        open_store("postgres://eve:hunter2@db/state", print)
    assert "hunter2" not in str(error.value.diagnostics)


def test_a_store_of_another_package_is_found(tmp_path, monkeypatch):
    (tmp_path / "tapes.py").write_text(
        "from aiotctl.stores.entry import StoreEntry\n"
        "ENTRY = StoreEntry(store=lambda where, notify: f'reel {where}', vault=lambda where, project: None)\n"
    )
    declared = tmp_path / "tapes-1.0.dist-info"
    declared.mkdir()
    (declared / "METADATA").write_text("Metadata-Version: 2.1\nName: tapes\nVersion: 1.0\n")
    (declared / "entry_points.txt").write_text("[aiotctl.stores]\ntape = tapes:ENTRY\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert open_store("tape://7", print) == "reel tape://7"
    assert schemes() == ["azblob", "file", "gs", "s3", "tape"]
