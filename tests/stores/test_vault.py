import json
import re
import stat
import subprocess
import sys
import threading
import traceback

import pyrage
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from aiotctl.errors import AiotctlError
from aiotctl.stores import age, open_vault
from aiotctl.stores.identity import Keyring
from aiotctl.stores.vault import FileVault

GIVEN = "correct horse battery staple"


@pytest.fixture
def project(folder):
    return folder.parents[1]


@pytest.fixture
def vault(folder, project):
    return open_vault(folder, project)


def opened_by(identity, folder):
    """What is in the vault for someone who has this identity and no aiotctl."""
    known = pyrage.x25519.Identity.from_str(identity)
    return json.loads(pyrage.decrypt((folder / "vault.age").read_bytes(), [known]))


def secret_of(project):
    return (project / ".aiotctl" / "identity.age").read_text().splitlines()[1]


def refusal(call) -> AiotctlError:
    with pytest.raises(AiotctlError) as error:
        call()
    return error.value


def test_nothing_is_made_by_looking(vault, project):
    assert vault.fingerprints(["broker/a"]) == {"broker/a": ""}
    assert not project.exists()


def test_a_secret_is_born_once_and_stays(vault, folder, project):
    first = vault.values(["broker/a", "database/reader"])
    assert len(set(first.values())) == 2
    assert all(re.fullmatch(r"[\w-]{32}", value) for value in first.values())
    assert vault.values(["broker/a", "broker/b"])["broker/a"] == first["broker/a"]
    assert (
        open_vault(folder, project).values(["database/reader"])["database/reader"] == first["database/reader"]
    )


def test_it_is_on_the_disk_before_it_is_given(vault, folder, project):
    value = vault.values(["broker/a"])["broker/a"]
    assert opened_by(secret_of(project), folder)["values"] == {"broker/a": value}


def test_asking_for_what_is_known_writes_nothing(vault, folder):
    vault.values(["broker/a"])
    before = (folder / "vault.age").stat().st_ino
    vault.values(["broker/a"])
    assert (folder / "vault.age").stat().st_ino == before


def test_an_object_store_gets_keys_of_its_form(vault):
    values = vault.values(["s3/lake/access", "s3/lake/secret"])
    assert re.fullmatch(r"[A-Z0-9]{20}", values["s3/lake/access"])
    assert re.fullmatch(r"[\w-]{40}", values["s3/lake/secret"])


def test_an_opcua_client_gets_a_certificate_for_its_key(vault):
    client = "opcua/gateway." + "x" * 80
    certificate_text = vault.values([f"{client}/certificate"])[f"{client}/certificate"]
    key = load_pem_private_key(vault.values([f"{client}/key"])[f"{client}/key"].encode(), None)
    certificate = x509.load_pem_x509_certificate(certificate_text.encode())
    assert key.key_size == 2048
    assert certificate.public_key() == key.public_key()
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [
        f"urn:aiotctl:{client.replace('/', ':')}"
    ]
    certificate.verify_directly_issued_by(certificate)


def test_files_are_the_owners_alone(vault, folder, project):
    vault.values(["broker/a"])
    for path in (folder / "vault.age", project / ".aiotctl" / "identity.age"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "identity.age" in (project / ".aiotctl" / ".gitignore").read_text().split()


def test_a_given_secret_comes_from_the_process_environment_and_is_kept(vault, folder, project, monkeypatch):
    monkeypatch.setenv("AIOTCTL_SECRET_PLC_PASSWORD", GIVEN)
    assert vault.values(["plc-password"]) == {"plc-password": GIVEN}
    monkeypatch.delenv("AIOTCTL_SECRET_PLC_PASSWORD")
    assert open_vault(folder, project).values(["plc-password"]) == {"plc-password": GIVEN}


def test_a_given_secret_can_be_changed(vault, monkeypatch):
    vault.put("plc-password", "old")
    before = vault.fingerprints(["plc-password"])
    monkeypatch.setenv("AIOTCTL_SECRET_PLC_PASSWORD", GIVEN)
    planned = vault.fingerprints(["plc-password"])
    assert planned != before  # a plan sees the change
    assert vault.values(["plc-password"]) == {"plc-password": GIVEN}
    assert vault.fingerprints(["plc-password"]) == planned
    vault.put("plc-password", "kept")
    monkeypatch.setenv("AIOTCTL_SECRET_PLC_PASSWORD", "")
    assert vault.values(["plc-password"]) == {"plc-password": "kept"}


def test_every_missing_secret_is_told_with_the_remedy(vault, folder):
    vault.values(["broker/a"])
    before = (folder / "vault.age").read_bytes()
    error = refusal(lambda: vault.values(["plc-password", "broker/b", "meter_key"]))
    assert [d.code for d in error.diagnostics] == ["secret-missing"] * 2
    assert "{secret: plc-password}" in error.diagnostics[0].detail
    assert "AIOTCTL_SECRET_PLC_PASSWORD" in error.diagnostics[0].remedy
    assert (folder / "vault.age").read_bytes() == before


def test_a_compilers_secret_is_never_taken_from_the_process_environment(vault, monkeypatch):
    monkeypatch.setenv("AIOTCTL_SECRET_BROKER_A", GIVEN)
    assert vault.values(["broker/a"])["broker/a"] != GIVEN


def test_fingerprints_tell_values_apart_and_nothing_else(vault, folder, project):
    vault.put("a", GIVEN)
    vault.put("b", GIVEN)
    prints = vault.fingerprints(["a", "b"])
    assert prints["a"] != prints["b"]
    assert prints == open_vault(folder, project).fingerprints(["a", "b"])
    assert vault.fingerprints(["c"]) == {"c": ""}
    elsewhere = open_vault(folder.with_name("production"), project)
    elsewhere.put("a", GIVEN)
    assert elsewhere.fingerprints(["a"])["a"] not in prints.values()


def test_all_who_are_listed_can_open_it(vault, folder, project):
    colleague = age.new_identity()
    vault.values(["broker/a"])
    recipients = project / ".aiotctl" / "recipients"
    recipients.write_text(
        recipients.read_text() + f"\n# the night shift\n{age.public_key(colleague)} # eve\n"
    )
    vault.values(["broker/a"])  # the next apply serves her, though it needs nothing new
    assert "broker/a" in opened_by(colleague, folder)["values"]

    theirs = project / "identity-of-eve"
    theirs.write_text(colleague + "\n")
    shared = FileVault(folder / "vault.age", Keyring(theirs, recipients))
    assert shared.values(["broker/a"]) == vault.values(["broker/a"])

    recipients.write_text(age.public_key(secret_of(project)) + "\n")
    vault.values(["broker/a"])
    with pytest.raises(pyrage.DecryptError):
        opened_by(colleague, folder)


def test_an_ssh_key_is_a_recipient(vault, folder, project, tmp_path):
    key = tmp_path / "key"
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric import ed25519

    private = ed25519.Ed25519PrivateKey.generate()
    key = private.private_bytes(s.Encoding.PEM, s.PrivateFormat.OpenSSH, s.NoEncryption())
    public = private.public_key().public_bytes(s.Encoding.OpenSSH, s.PublicFormat.OpenSSH).decode()
    (project / ".aiotctl").mkdir(parents=True)
    (project / ".aiotctl" / "recipients").write_text(public + " eve@ops")
    value = vault.values(["broker/a"])["broker/a"]
    content = pyrage.decrypt((folder / "vault.age").read_bytes(), [pyrage.ssh.Identity.from_buffer(key)])
    assert json.loads(content)["values"]["broker/a"] == value


def test_each_line_that_is_no_public_key_is_told_and_nothing_written(vault, folder, project):
    vault.values(["broker/a"])
    before = (folder / "vault.age").read_bytes()
    recipients = project / ".aiotctl" / "recipients"
    recipients.write_text(f"age1nonsense\n{recipients.read_text()}ssh-ed25519 AAAA\nhello\n")
    error = refusal(lambda: vault.values(["broker/b"]))
    assert [(d.code, d.place.line) for d in error.diagnostics] == [
        ("recipient-unreadable", 1),
        ("recipient-unreadable", 3),
        ("recipient-unreadable", 4),
    ]
    assert (folder / "vault.age").read_bytes() == before


def test_who_is_not_listed_is_told_what_to_do(vault, folder, project):
    vault.values(["broker/a"])
    stranger = age.new_identity()
    (project / ".aiotctl" / "identity.age").write_text(stranger)
    fresh = open_vault(folder, project)
    diagnostic = refusal(lambda: fresh.fingerprints(["broker/a"])).diagnostics[0]
    assert diagnostic.code == "vault-closed"
    assert f"add {age.public_key(stranger)} to" in diagnostic.remedy
    assert stranger not in str(diagnostic)


@pytest.mark.parametrize("content", ["", "# public key: age1x\n", "hello\n", "AGE-SECRET-KEY-1QQQ\n"])
def test_a_damaged_identity_is_told(vault, folder, project, content):
    vault.values(["broker/a"])
    (project / ".aiotctl" / "identity.age").write_text(content)
    error = refusal(lambda: open_vault(folder, project).values(["broker/a"]))
    assert error.diagnostics[0].code == "identity-damaged"


def test_a_lost_identity_is_not_replaced(vault, folder, project):
    vault.values(["broker/a"])
    (project / ".aiotctl" / "identity.age").unlink()
    error = refusal(lambda: open_vault(folder, project).values(["broker/a"]))
    assert error.diagnostics[0].code == "identity-missing"
    assert not (project / ".aiotctl" / "identity.age").exists()


def rewritten(folder, project, change):
    """The vault with other content, encrypted as it should be."""
    content = opened_by(secret_of(project), folder)
    changed = json.dumps(change(content)).encode()
    (folder / "vault.age").write_bytes(age.encrypt(changed, [age.public_key(secret_of(project))]))


def test_a_vault_of_a_newer_version_is_left_alone(vault, folder, project):
    vault.values(["broker/a"])
    rewritten(folder, project, lambda content: {**content, "version": 2})
    before = (folder / "vault.age").read_bytes()
    assert refusal(lambda: vault.values(["broker/b"])).diagnostics[0].code == "vault-newer"
    assert (folder / "vault.age").read_bytes() == before


CHANGES = {
    "no key": lambda content: {"version": 1},
    "a list": lambda content: [1],
    "a key that is none": lambda content: {**content, "key": "xyz"},
    "values that are none": lambda content: {**content, "values": {"broker/a": 1}},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_no_vault_holds_is_told(vault, folder, project, change):
    vault.values(["broker/a"])
    rewritten(folder, project, change)
    assert refusal(lambda: vault.values(["broker/a"])).diagnostics[0].code == "vault-damaged"


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_a_torn_vault_is_told(vault, folder, cut):
    vault.values(["broker/a"])
    content = (folder / "vault.age").read_bytes()
    (folder / "vault.age").write_bytes(content[:cut])
    assert refusal(lambda: vault.values(["broker/a"])).diagnostics[0].code == "vault-closed"
    assert (folder / "vault.age").read_bytes() == content[:cut]


def test_no_value_shows_anywhere(vault, folder, project, capfd):
    vault.put("plc-password", GIVEN)
    born = vault.values(["broker/a"])["broker/a"]
    shown = [repr(vault), str(vars(vault))]
    for call in (lambda: vault.values(["missing"]), lambda: vault.put(1, GIVEN)):
        try:
            call()
        except Exception:
            shown.append(traceback.format_exc())
    shown += [path.read_bytes().decode("latin-1") for path in project.rglob("*") if path.is_file()]
    shown += capfd.readouterr()
    for text in shown:
        assert GIVEN not in text
        assert born not in text


def test_two_at_once_lose_no_secret_and_make_one_identity(folder, project):
    environments = [folder, folder.with_name("production")]
    given = [{} for _ in range(8)]

    def ask(number):
        vault = open_vault(environments[number % 2], project)
        for step in range(5):
            given[number] |= vault.values([f"broker/{number}-{step}", "database/shared"])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, values in enumerate(given):
        assert open_vault(environments[number % 2], project).values(list(values)) == values


def test_it_is_not_imported_before_it_is_needed():
    loaded = "import sys, aiotctl.stores.vault, aiotctl.stores.file; print(sys.modules.keys())"
    shown = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert "pyrage" not in shown
    assert "cryptography" not in shown
