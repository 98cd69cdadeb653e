"""The command ``access`` where nothing runs: who may open the vaults, what roles may do, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiotctl.stores import age, open_vault
from aiotctl.stores.identity import VARIABLE

BLUEPRINT = """
blueprint: v1
name: shop
owner: me
device_types:
  sensor: {protocol: mqtt, points: {rms: {topic: "sensors/{device}", every: 1s}}}
sites:
  plant-a: {timezone: UTC, gateways: {gw-1: {}}, devices: {vib-1: {type: sensor}}}
pipelines:
  press-health: {source: {device_types: [sensor]}, steps: [{window: {every: 10s, aggregate: [mean]}}]}
access:
  operator: {read: [press-health], sites: [plant-a]}
  data-scientist: {read: [raw, press-health]}
platform:
  collector: {engine: telegraf}
  broker: {engine: nats}
  timeseries: {engine: postgres-embedded}
  runtime: {engine: process}
environments:
  laptop: {simulate: devices}
"""


@pytest.fixture
def shop(run) -> Path:
    """A project in the folder where the commands run."""
    Path("blueprint.yaml").write_text(BLUEPRINT)
    return Path.cwd()


def vault(project: Path):
    return open_vault(project / ".aiotctl" / "laptop", project)


def test_the_table(run, shop):
    shown = run("access", "table").out
    assert "read pipeline press-health      plant-a   all sites" in shown
    messages = [json.loads(line) for line in run("access", "table", "--json").out.splitlines()]
    told = {(m["role"], m["what"]): m["may"] for m in messages if m["type"] == "role_right"}
    assert told["operator", "read raw values"] == ""
    assert told["operator", "read pipeline press-health"] == "plant-a"
    assert told["data-scientist", "hear live values at the broker"] == "all"
    brokers = {m["who"]: (m["publishes"], m["hears"]) for m in messages if m["type"] == "broker_right"}
    assert brokers["role.data-scientist"] == ([], ["site/+/+"])
    assert brokers["hub-writer"] == ([], ["site/+/+"])
    assert "role.operator" not in brokers


def test_a_role_is_shown_with_its_place(run, shop):
    shown = run("show", "access/data-scientist").out
    assert "blueprint.yaml" in shown
    assert "sites" in shown
    assert run("show", "access/operater").code == 64


def test_nobody_was_given_anything(run, shop):
    assert "Nobody was given anything" in run("access", "list").out
    assert run("access").out == run("access", "list").out


REFUSED = {
    "before an apply": (("issue", "eve", "--role", "operator"), "not-applied"),
    "without a role": (("issue", "eve"), "no-role"),
    "without a name": (("issue", "--role", "operator"), "one-name"),
    "a name that is SQL": (("issue", "eve'; DROP ROLE x", "--role", "operator"), "bad-name"),
    "a name that is a path": (("issue", "../eve", "--role", "operator"), "bad-name"),
    "a name with a line": (("issue", "eve\nx", "--role", "operator"), "bad-name"),
    "no days": (("issue", "eve", "--role", "operator", "--days", "0"), "days-form"),
    "a device before an apply": (("issue", "--device", "plant-a/vib-1"), "not-applied"),
    "somebody who has nothing": (("revoke", "eve"), "nobody"),
    "a device that is none": (("revoke", "device.plant-a.vib-9"), "nobody"),
    "words for the table": (("table", "eve"), "too-many-words"),
    "an authority of one file": (("authority", "ca.pem"), "authority-words"),
    "an authority that is not there": (("authority", "ca.pem", "key.pem"), "file-unreadable"),
    "a recipient that is no key": (("recipients", "add", "eve"), "recipient-unreadable"),
    "a recipient that is not there": (("recipients", "remove", "eve"), "no-recipient"),
    "a word for recipients": (("recipients", "drop"), "recipients-words"),
}


@pytest.mark.parametrize(("words", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(run, shop, words, code):
    ran = run("access", *words)
    assert f"[{code}]" in ran.err
    assert ran.code in (1, 64)
    assert not list(shop.glob("**/issued"))


def test_recipients_are_added_and_removed_and_the_vault_follows(run, shop):
    vault(shop).put("plc", "secret")
    (own,) = [line.split("  ")[0] for line in run("access", "recipients").out.splitlines()]
    colleague = age.new_identity()
    public = age.public_key(colleague)
    shown = run("access", "recipients", "add", public, "the", "CI", "runner").out
    assert f"{public}  the CI runner" in shown
    assert run("access", "recipients", "add", public).code == 0  # once more changes nothing
    assert len(run("access", "recipients", "list").out.splitlines()) == 2

    sealed = shop / ".aiotctl" / "laptop" / "vault.age"
    assert b"plc" in age.decrypt(sealed.read_bytes(), colleague)
    assert run("access", "recipients", "remove", own).code == 64  # one's own
    assert run("access", "recipients", "remove", "the CI runner").code == 0
    with pytest.raises(age.AgeError):
        age.decrypt(sealed.read_bytes(), colleague)
    assert vault(shop).values(["plc"]) == {"plc": "secret"}


def test_a_runner_opens_the_vault_with_a_key_from_its_environment(run, shop, monkeypatch):
    vault(shop).put("plc", "secret")
    runner = age.new_identity()
    assert run("access", "recipients", "add", age.public_key(runner), "runner").code == 0
    (shop / ".aiotctl" / "identity.age").unlink()
    assert run("access", "list").code == 1
    monkeypatch.setenv(VARIABLE, runner)
    assert run("access", "list").code == 0
    assert vault(shop).values(["plc"]) == {"plc": "secret"}
    assert "(you)" in run("access", "recipients").out
    assert not (shop / ".aiotctl" / "identity.age").exists()
    monkeypatch.setenv(VARIABLE, "AGE-SECRET-KEY-1NONSENSE")
    told = run("access", "list")
    assert "[identity-damaged]" in told.err
    assert "NONSENSE" not in told.err


def test_nothing_is_written_where_one_vault_does_not_open(run, shop):
    vault(shop).put("plc", "secret")
    listed = (shop / ".aiotctl" / "recipients").read_text()
    (shop / ".aiotctl" / "identity.age").write_text(age.new_identity())
    ran = run("access", "recipients", "add", age.public_key(age.new_identity()))
    assert "[vault-closed]" in ran.err
    assert (shop / ".aiotctl" / "recipients").read_text() == listed


def test_an_authority_of_ones_own(run, shop, openssl_program, tmp_path):
    import subprocess

    assert "There is no authority yet" in run("access", "authority").out
    certificate, key = tmp_path / "ca.pem", tmp_path / "ca.key"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    words += ["-days", "30", "-subj", "/CN=Acme plant CA", "-keyout", str(key), "-out", str(certificate)]
    uses = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    subprocess.run([openssl_program, *words], check=True, capture_output=True)
    assert "[authority-unfit]" in run("access", "authority", str(certificate), str(key)).err
    subprocess.run([openssl_program, *words, *uses], check=True, capture_output=True)
    assert "CN=Acme plant CA" in run("access", "authority", str(certificate), str(key)).out
    assert vault(shop).kept("certificate/ca/")["certificate/ca/cert"] == certificate.read_text()
    assert "certificate/crl" in vault(shop).kept("certificate/")
    assert "[authority-unfit]" in run("access", "authority", str(key), str(certificate)).err
    assert "aiotctl authority" in run("access", "authority", "new").out
    assert "certificates of hosts hold 30 days" in run("access", "authority", "--days", "30").out
    assert "[days-form]" in run("access", "authority", "--days", "2000").err
