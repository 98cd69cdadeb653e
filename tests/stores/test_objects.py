import gzip

import pytest

from aiotctl.errors import AiotctlError
from aiotctl.model.codec import digest
from aiotctl.stores import file
from aiotctl.stores.blobs import store as blobs

from .places import Place


def path_of(folder, name):
    return folder / key_of(name)


def key_of(name):
    return f"objects/{name[7:9]}/{name[9:]}"


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 4096])
def test_an_object_is_kept_under_its_digest(place: Place, content):
    store = place.store()
    name = store.put(content)
    assert name == digest(content)
    assert store.get(name) == place.store().get(name) == content
    assert gzip.decompress(place.read(key_of(name))) == content


def test_the_same_bytes_are_written_once(store, folder):
    name = store.put(b"unit")
    before = path_of(folder, name).stat()
    assert store.put(b"unit") == name
    assert path_of(folder, name).stat().st_ino == before.st_ino


@pytest.mark.parametrize("broken", [b"", b"plain", gzip.compress(b"other"), gzip.compress(b"unit")[:-6]])
def test_a_damaged_object_is_never_handed_out(place: Place, broken):
    store = place.store()
    name = store.put(b"unit")
    assert store.get(name) == b"unit"
    place.write(key_of(name), broken)
    with pytest.raises(AiotctlError) as error:
        store.get(name)
    assert error.value.diagnostics[0].code == "object-damaged"
    assert place.name(key_of(name)) in error.value.diagnostics[0].detail


def test_a_missing_object_is_told(place: Place):
    with pytest.raises(AiotctlError) as error:
        place.store().get(digest(b"never stored"))
    assert error.value.diagnostics[0].code == "object-missing"


def test_what_was_put_is_there_before_anything_names_it(place: Place, make_record):
    store = place.store()
    names = [store.put(f"unit {number}".encode()) for number in range(40)]
    store.save(make_record(1))
    assert [place.store().get(name) for name in names] == [f"unit {number}".encode() for number in range(40)]


@pytest.mark.parametrize("name", ["../../etc/passwd", "sha256:../" + "0" * 61, "sha256:", "md5:00"])
def test_a_name_that_is_no_digest_is_no_path(place: Place, name):
    with pytest.raises(ValueError, match="not a digest"):
        place.store().get(name)


def test_objects_of_former_applies_are_forgotten(place: Place, make_record, monkeypatch):
    monkeypatch.setattr(file, "SPARE", 1)
    monkeypatch.setattr(blobs, "SPARE", 1)
    store = place.store()
    used, former = store.put(b"used"), store.put(b"used by a backup")
    record = make_record(1, units=0)
    for serial, name in enumerate((former, used), start=1):
        store.save(type(record)(**{**fields(record), "serial": serial, "parts": {"pipeline/p": name}}))
    others = [store.put(f"unused {n}".encode()) for n in range(3)]
    store.clear_journal()
    assert store.get(others[0])  # few: left alone
    others += [store.put(f"unused {n}".encode()) for n in range(3, 5)]
    store.clear_journal()
    assert (store.get(used), store.get(former)) == (b"used", b"used by a backup")
    for name in others:
        with pytest.raises(AiotctlError):
            store.get(name)


def fields(record):
    return {name: getattr(record, name) for name in record.__slots__}
