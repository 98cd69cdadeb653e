"""What is particular to a bucket: the network, credentials, and a server that may be anything."""

import time

import obstore
import pytest

from aiotctl.errors import AiotctlError, Exit
from aiotctl.model.record import JournalEntry
from aiotctl.stores import open_store, open_vault, s3
from aiotctl.stores.blobs import session, trouble
from aiotctl.stores.blobs.bucket import Words
from aiotctl.stores.blobs.document import BlobDocument
from aiotctl.stores.blobs.store import BlobStore

from .places import Bucket, Folder
from .proxy import Proxy
from .seaweed import LIMITED, Seaweed, free_ports

SECRET = "never-to-be-shown"
WORDS = Words(lambda source, target: "", lambda name: "", "AWS_ACCESS_KEY_ID", "Amazon S3")


def refusal(call) -> AiotctlError:
    with pytest.raises(AiotctlError) as error:
        call()
    return error.value


def calls_of(place: Bucket, make_record, project):
    """Everything that goes to the bucket."""
    store = place.store()
    return {
        "load": store.load,
        "journal": store.journal,
        "holder": store.holder,
        "get": lambda: store.get("sha256:" + "0" * 64),
        "save": lambda: store.save(make_record(2)),
        "append": lambda: store.append(JournalEntry("begin")),
        "put": lambda: (store.put(b"x"), store.save(make_record(2))),
        "lock": lambda: store.lock("apply", 0).__enter__(),
        "unlock": lambda: store.unlock("0"),
        "clear": store.clear_journal,
        "remove": store.remove,
        "vault": lambda: place.vault(project).values(["broker/a"]),
        "fingerprints": lambda: place.vault(project).fingerprints(["broker/a"]),
    }


def all_fail(calls, code):
    """What each call told, all of them being refused with this code."""
    told = {}
    for name, call in calls.items():
        error = refusal(call)
        assert [d.code for d in error.diagnostics] == [code], name
        told[name] = error.diagnostics[0]
        shown = str(error) + repr(error.diagnostics)
        assert "Debug source" not in shown
        assert SECRET not in shown
    return told


@pytest.fixture
def proxy(seaweed: Seaweed):
    between = Proxy(seaweed.port)
    yield between
    between.close()


def test_wrong_credentials_are_told(bucket: Bucket, make_record, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    for diagnostic in all_fail(calls_of(bucket, make_record, tmp_path), "store-refused").values():
        assert "SignatureDoesNotMatch" in diagnostic.detail
        assert "AWS_ACCESS_KEY_ID" in diagnostic.remedy
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    assert "InvalidAccessKeyId" in refusal(bucket.store().load).diagnostics[0].detail


def test_a_bucket_that_is_not_there_is_told(bucket: Bucket, make_record, tmp_path, monkeypatch):
    for name, value in Seaweed.environ(LIMITED).items():
        monkeypatch.setenv(name, value)
    store = open_store(bucket.url.replace("s3://state/", "s3://elsewhere/"), print)
    for call in (store.load, store.journal, store.holder, lambda: store.save(make_record(1))):
        diagnostic = refusal(call).diagnostics[0]
        assert diagnostic.code == "bucket-missing"
        assert "`elsewhere`" in diagnostic.remedy


def test_a_server_that_is_away_is_told_at_once(bucket: Bucket, make_record, tmp_path, monkeypatch):
    monkeypatch.setattr(s3, "retries", lambda: {**session.retries(), "max_retries": 1})
    away = Bucket(bucket.server, bucket.prefix, f"http://127.0.0.1:{free_ports(1)[0]}")
    begun = time.monotonic()
    for diagnostic in all_fail(calls_of(away, make_record, tmp_path), "store-unreachable").values():
        assert away.endpoint in diagnostic.detail
    assert time.monotonic() - begun < 60


def test_a_server_that_never_answers_is_told(bucket: Bucket, monkeypatch):
    import socket

    monkeypatch.setattr(s3, "CLIENT", {"connect_timeout": "1s", "timeout": "300ms"})
    monkeypatch.setattr(s3, "retries", lambda: {**session.retries(), "max_retries": 1})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = Bucket(bucket.server, bucket.prefix, f"http://127.0.0.1:{silent.getsockname()[1]}")
        diagnostic = refusal(mute.store().load).diagnostics[0]
    assert diagnostic.code == "store-unreachable"
    assert "did not answer in time" in diagnostic.detail


def test_a_server_that_comes_back_finds_all_it_promised(seaweed: Seaweed, bucket: Bucket, make_record):
    store = bucket.store()
    with store.lock("apply", 0):
        store.save(make_record(1))
        name = store.put(b"unit")
        store.append(JournalEntry("begin"))
        seaweed.stop()
        try:
            assert refusal(lambda: store.save(make_record(2))).diagnostics[0].code == "store-unreachable"
            assert refusal(lambda: store.append(JournalEntry("end"))).exit_code == Exit.ERROR
        finally:
            seaweed.start()
        assert bucket.store().load() == make_record(1)
        assert bucket.store().get(name) == b"unit"
        assert bucket.store().journal() == (JournalEntry("begin"),)
        store.save(make_record(2))  # the lock is still held
    assert bucket.store().holder() is None


@pytest.mark.parametrize("lost", [1, 2])
def test_a_write_whose_answer_was_lost_counts_once(bucket: Bucket, proxy: Proxy, make_record, tmp_path, lost):
    far = Bucket(bucket.server, bucket.prefix, proxy.endpoint)
    store = far.store(beat_s=60)
    store.save(make_record(1))

    def losing(call):
        proxy.lose = lost
        call()
        assert proxy.lose == 0

    def hold():
        lock = store.lock("apply", 0)
        lock.__enter__()
        return lock

    losing(hold)
    losing(lambda: store.save(make_record(2)))
    losing(lambda: store.append(JournalEntry("begin")))
    losing(lambda: store.append(JournalEntry("unit-start", "host/hub")))
    name = []
    losing(lambda: (name.append(store.put(b"unit")), store.append(JournalEntry("unit-done", "host/hub"))))
    vault = far.vault(tmp_path)
    losing(lambda: vault.values(["broker/a"]))
    losing(lambda: vault.put("given", "1"))
    assert bucket.store().load() == make_record(2)
    assert [entry.phase for entry in bucket.store().journal()] == ["begin", "unit-start", "unit-done"]
    assert bucket.store().get(name[0]) == b"unit"
    known = bucket.vault(tmp_path).values(["broker/a", "given"])
    assert known == vault.values(["broker/a", "given"])
    store.save(make_record(3))


def test_a_server_that_does_not_honour_conditions_is_refused(bucket: Bucket):
    class Careless(s3.Bucket):
        """Takes a conditional write for an ordinary one, as older servers do."""

        def create(self, key, content):
            self.put(key, content)
            return {"e_tag": '"1"', "version": None}

        def replace(self, key, content, tag):
            return self.create(key, content)

    real = s3.bucket(bucket.url)
    careless = Careless(real._location, real._words, real._open)
    with pytest.raises(AiotctlError) as error, BlobStore(careless, print).lock("apply", 0):
        pass
    assert error.value.diagnostics[0].code == "store-unconditional"


def test_looking_costs_few_requests(bucket: Bucket, proxy: Proxy, make_record, tmp_path):
    """What a plan without a change asks: the record, whether there is a journal, the vault."""
    bucket.store().save(make_record(1, units=500))
    bucket.vault(tmp_path).values(["broker/a"])
    far = Bucket(bucket.server, bucket.prefix, proxy.endpoint)
    store, vault = far.store(), far.vault(tmp_path)
    with proxy.counting() as counted:
        store.load()
        store.journal()
        for _ in range(20):
            vault.fingerprints(["broker/a"])
            vault.values(["broker/a"])
    assert counted["GET"] <= 4
    assert counted.total() == counted["GET"]


def test_writing_costs_few_requests(bucket: Bucket, proxy: Proxy, make_record):
    far = Bucket(bucket.server, bucket.prefix, proxy.endpoint)
    store = far.store(beat_s=60)
    with store.lock("apply", 0):
        store.save(make_record(1))
        store.append(JournalEntry("begin"))
        with proxy.counting() as append:
            for _ in range(10):
                store.append(JournalEntry("unit-done", "host/hub"))
        with proxy.counting() as save:
            store.save(make_record(2))
    assert append == {"GET": 10, "PUT": 10}  # is the lock still held, and the write
    assert save.total() <= 5


def test_a_document_is_not_read_again_within_a_moment(bucket: Bucket, proxy: Proxy):
    far = Bucket(bucket.server, bucket.prefix, proxy.endpoint)
    document = BlobDocument(s3.bucket(far.url), "vault.age", fresh_s=0.5)
    document.change(lambda _: b"one")
    with proxy.counting() as counted:
        assert [document.read() for _ in range(50)] == [b"one"] * 50
    assert counted.total() == 0
    bucket.write("vault.age", b"two")
    time.sleep(0.5)
    assert document.read() == b"two"


WRONG = {
    "s3://key:hunter2@bucket/pilot": "It holds credentials",
    "s3://hunter2@bucket/pilot": "It holds credentials",
    "s3:///pilot": "name of a bucket is missing",
    "s3://bucket/a b": "other characters",
    "s3://bucket/../pilot": "other characters",
    "s3://bucket/pilot?secret_access_key=hunter2": "parameters that are not known: secret_access_key",
    "s3://bucket/pilot#hunter2": "parameters that are not known",
    "gs://bucket/pilot?region=x": "parameters that are not known: region",
    "azblob:///pilot": "name of a bucket is missing",
}


@pytest.mark.parametrize("url", WRONG)
def test_a_url_that_says_what_it_must_not_is_told(url, tmp_path):
    for call in (lambda: open_store(url, print), lambda: open_vault(url, tmp_path)):
        error = refusal(call)
        assert (error.diagnostics[0].code, error.exit_code) == ("state-url", Exit.INVALID)
        assert WRONG[url] in error.diagnostics[0].detail
        assert "hunter2" not in str(error) + repr(error.diagnostics)


def test_opening_asks_nothing_and_imports_nothing_heavy(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys; from aiotctl.stores import open_store, open_vault; from pathlib import Path\n"
        "for url in ('s3://b/p', 'gs://b/p', 'azblob://b/p'):\n"
        "    open_store(url, print), open_vault(url, Path('x'))\n"
        "print([name for name in ('obstore', 'pyrage', 'pulumi') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


PROFILES = """
[default]
aws_access_key_id = WRONG
aws_secret_access_key = wrong
[plant]
aws_access_key_id = {}
aws_secret_access_key = {}
"""


@pytest.mark.parametrize("way", ["variable", "parameter"])
def test_a_profile_of_the_clouds_tool_is_enough(bucket: Bucket, make_record, tmp_path, monkeypatch, way):
    keys = Seaweed.environ()
    for name in keys:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(PROFILES.format(*keys.values()))
    (tmp_path / ".aws" / "config").write_text("[profile plant]\nregion = eu-central-1\n")
    url = bucket.url.replace("&region=us-east-1", "")
    if way == "variable":
        monkeypatch.setenv("AWS_PROFILE", "plant")
    else:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of somebody else")
        url += "&profile=plant"
    open_store(url, print).save(make_record(1))
    assert open_store(url, print).load() == make_record(1)


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_the_server_may_be_named_by_the_environment(bucket: Bucket, make_record, monkeypatch, variable):
    monkeypatch.setenv(variable, bucket.server.endpoint)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    plain = f"s3://state/{bucket.prefix}"
    open_store(plain, print).save(make_record(1))
    assert bucket.store().load() == make_record(1)


def test_what_lies_beside_the_state_is_left_alone(bucket: Bucket, make_record):
    store = bucket.store()
    store.save(make_record(1))
    store.append(JournalEntry("begin"))
    others = [f"{bucket.prefix}/pulumi/.pulumi/meta.yaml", f"{bucket.prefix}-2/record.json"]
    for key in others:
        obstore.put(bucket.server.store(), key, b"theirs")
    store.remove()
    assert bucket.listing() == ["pulumi/.pulumi/meta.yaml"]
    for key in others:
        assert bytes(obstore.get(bucket.server.store(), key).bytes()) == b"theirs"


def test_a_state_moves_by_copying_it(bucket: Bucket, folder, make_record, tmp_path):
    """A bucket's objects have the names of a folder's files, in both directions."""
    old = Folder(folder)
    for serial in (1, 2, 3):
        old.store().save(make_record(serial))
    name = old.store().put(b"unit")
    secret = old.vault(tmp_path).values(["broker/a"])
    for key in old.listing():
        if not key.endswith(".guard"):
            bucket.write(key, old.read(key))
    new = bucket.store()
    assert (new.load(), new.get(name)) == (make_record(3), b"unit")
    assert bucket.vault(tmp_path).values(["broker/a"]) == secret
    with new.lock("apply", 0):
        new.save(make_record(4))
        new.append(JournalEntry("begin"))
        new.clear_journal()
    back = Folder(tmp_path / "back")
    for key in bucket.listing():
        if (content := bucket.read(key)) is not None:
            back.write(key, content)
    with back.store().lock("apply", 0):
        assert back.store().load() == make_record(4)
    assert len(back.listing("backups")) == 3


SAID = {
    "bucket-region": "status code: 400 Bad Request: <Error><Code>AuthorizationHeaderMalformed</Code>"
    "<Message>the region is wrong; expecting &#39;eu-central-1&#39;</Message></Error>",
    "store-full": "status code: 403 Forbidden: <Error><Code>QuotaExceeded</Code></Error>",
    "store-credentials": "Error performing PUT http://169.254.169.254/latest/api/token - HTTP error: error "
    "sending request kind: Connect",
    "bucket-missing": "status code: 404 Not Found: <?xml?><Error><Code>ContainerNotFound</Code></Error>",
    "store-refused": "status code: 401 Unauthorized: {}",
    "store-unreachable": 'HTTP error: error sending request source: ConnectError("dns error", ...)',
    "store-unusable": "status code: 503: <Error><Code>SlowDown</Code><Message>Please\nwait.</Message>",
}


@pytest.mark.parametrize("code", SAID)
def test_what_servers_say_is_told_in_few_words(code):
    secret = f"\nDebug source: Authorization: AWS4 {SECRET}"
    error = trouble.of(OSError(SAID[code] + secret), "s3://plant/pilot/record.json", "plant", WORDS)
    [diagnostic] = error.diagnostics
    assert diagnostic.code == code
    assert SECRET not in str(error) + repr(diagnostic)
    assert diagnostic.remedy
    if code == "bucket-region":
        assert "expecting 'eu-central-1'" in diagnostic.detail
        assert "?region=" in diagnostic.remedy


def test_without_credentials_it_is_said_where_they_are_looked_for(bucket: Bucket, monkeypatch, tmp_path):
    for name in Seaweed.environ():
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{free_ports(1)[0]}/169.254.169.254")
    diagnostic = refusal(bucket.store().load).diagnostics[0]
    assert diagnostic.code == "store-credentials"
    assert "AWS_PROFILE" in diagnostic.remedy


def test_a_whole_bucket_may_be_one_environments(bucket: Bucket, make_record, monkeypatch):
    monkeypatch.setattr(bucket, "prefix", "")
    store = open_store(bucket.url, print)
    with store.lock("apply", 0):
        store.save(make_record(1))
        store.append(JournalEntry("begin"))
        assert open_store(bucket.url, print).journal() == (JournalEntry("begin"),)
        store.clear_journal()
        name = store.put(b"unit")
        store.save(make_record(2))
    assert open_store(bucket.url, print).load() == make_record(2)
    assert open_store(bucket.url, print).get(name) == b"unit"
    found = {entry["path"] for page in obstore.list(bucket.server.store()) for entry in page}
    assert {"record.json", "backups/record-00000001.json", "ready"} <= found
    store.remove()
    found = {entry["path"] for page in obstore.list(bucket.server.store()) for entry in page}
    assert "ready" in found
    assert not {"record.json", "backups/record-00000001.json", "lock.json"} & found
