"""Several programs at one place: nothing is lost, whoever is quicker and whoever is killed."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest

from .places import Place

RACER = """
import sys
from aiotctl.errors import AiotctlError
from aiotctl.stores import open_store
from tests.stores.conftest import record_of

store, won, refused = open_store(sys.argv[1], lambda _: None), 0, set()
while won < 8:
    known = store.load()
    try:
        store.save(record_of(known.serial + 1 if known else 1, units=int(sys.argv[2])))
        won += 1
    except AiotctlError as error:
        refused.add(error.diagnostics[0].code)
print(won, *refused)
"""

ASKER = """
import json, sys
from pathlib import Path
from aiotctl.stores import open_vault

url, project, number = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
given = {}
for step in range(6):
    vault = open_vault(url, project)
    given |= vault.values([f"broker/{number}-{step}", "database/shared", f"database/{step}"])
    vault.change(lambda known: {"count": str(int(known.get("count", "0")) + 1)})
print(json.dumps(given))
"""

WRITER = """
import sys
from aiotctl.model.record import JournalEntry
from aiotctl.stores import open_store
from tests.stores.conftest import record_of

store = open_store(sys.argv[1], lambda _: None)
serial = int(sys.argv[2])
with store.lock("apply", 5):
    while True:
        serial += 1
        store.put(f"unit {serial}".encode())
        store.append(JournalEntry("unit-start", str(serial)))
        store.save(record_of(serial, units=300))
        print(serial, flush=True)
"""


def started(code: str, request: pytest.FixtureRequest, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *words]
    return subprocess.Popen(command, cwd=request.config.rootpath, stdout=subprocess.PIPE, text=True)


def test_two_writers_without_a_lock_lose_no_record(place: Place, request):
    racers = [started(RACER, request, place.url, units) for units in ("50", "51")]
    ends = [(racer.communicate(timeout=120)[0].split(), racer.returncode) for racer in racers]
    for (won, *refused), code in ends:
        assert (won, code) == ("8", 0)
        assert set(refused) <= {"record-moved"}
    record = place.store().load()
    assert record is not None
    assert record.serial == 16  # each of the writes that were not refused made one serial


def test_askers_of_one_vault_are_all_given_the_same(place: Place, tmp_path, request):
    askers = [started(ASKER, request, place.url, str(tmp_path), str(number)) for number in range(3)]
    given = [json.loads(asker.communicate(timeout=120)[0]) for asker in askers]
    vault = place.vault(tmp_path)
    for values in given:
        assert vault.values(list(values)) == values
    assert vault.values(["count"]) == {"count": "18"}


def test_a_writer_killed_at_any_time_loses_nothing_it_told(place: Place, request):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    told = 0
    for _ in range(6):
        with started(WRITER, request, place.url, str(told)) as writer:
            assert writer.stdout is not None
            told = int(writer.stdout.readline())
            time.sleep(chance.uniform(0, 0.12))
            writer.send_signal(signal.SIGKILL)
            told = int((writer.stdout.read().split() or [told])[-1])
        store = place.store()
        record = store.load()
        assert record is not None
        assert record.serial in (told, told + 1)
        assert int(store.journal()[-1].unit) in (record.serial, record.serial + 1)
        told = record.serial
    assert len(place.listing("backups")) <= 11
    with store.lock("apply", 0):  # nobody's lock is left
        store.clear_journal()
    assert place.store().journal() == ()
