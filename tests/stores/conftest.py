from collections.abc import Callable
from pathlib import Path

import pytest

from aiotctl.diagnostics import Diagnostic
from aiotctl.model.record import Record, UnitRecord
from aiotctl.stores.file import FileStore

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
