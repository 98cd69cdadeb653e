"""One line of devices, broker and collector for the flow bench, and the two ends it is watched at."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg

from aiotctl.agents.converge.procfs import scan
from aiotctl.engine.applied import load_routes
from aiotctl.model import names
from aiotctl.session.environment import Environment, open_environment
from aiotctl.simulators.control import ask
from benches.measure import AIOTCTL

POINTS, EVERY_MS = 10, 100
PER_DEVICE = POINTS * 1000 // EVERY_MS
"""Values a second of one device."""

SAMPLE_S = 0.25
FRESH_S, CATCH_UP_S = 2.0, 45.0
COUNTER = "p0"
BLUEPRINT = "flow"

HEAD = """\
blueprint: v1
name: flow
owner: bench@example.com
device_types:
  sensor:
    protocol: mqtt
    points:
"""
POINT = """\
      p{n}: {{topic: "bench/{{device}}", json: p{n}, type: {type}, unit: "1", every: {every}ms,
        timestamp: {{json: t, format: unix_ms}}}}
"""
REST = """\
sites:
  a:
    timezone: UTC
    gateways: {gw: {arch: amd64}}
    devices:
"""
END = """\
platform: {lake: {engine: seaweedfs, export: 1h}}
environments:
  laptop: {simulate: devices}
"""


@dataclass(frozen=True)
class Ended:
    """A minute watched: values a second wanted and arrived, ages of the newest value, and what was lost or
    doubled.
    """

    wanted: float
    rate: float
    lags: list[float]
    lost: int
    doubled: int

    @property
    def lag_p95(self) -> float:
        """95th percentile of the ages, in seconds."""
        return quantiles(self.lags, n=20)[-1]


class Line:
    """A project with as many devices as a rate takes, applied."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.devices = 0

    def resize(self, rate: int) -> None:
        """Applies the number of devices that make this many values a second."""
        self.devices = max(1, round(rate / PER_DEVICE))
        points = "".join(
            POINT.format(n=n, type="float" if n else "integer", every=EVERY_MS) for n in range(POINTS)
        )
        devices = "".join(f"      d{n}: {{type: sensor, gateway: gw}}\n" for n in range(self.devices))
        (self.project / "blueprint.yaml").write_text(HEAD + points + REST + devices + END)
        aiotctl("apply", "--yes", "--project", str(self.project))
        counters = {f"site/a/device/d{n}": COUNTER for n in range(self.devices)}
        ask(self.root("host/field") / "simulator", {"counter": counters})

    @property
    def rate(self) -> float:
        """Values a second that the devices publish."""
        return float(self.devices * PER_DEVICE)

    @property
    def environment(self) -> Environment:
        """The project's environment."""
        return open_environment(self.project, BLUEPRINT, "laptop", None, lambda _: None)

    def root(self, host: str) -> Path:
        """The folder of a host."""
        record = self.environment.record()
        assert record is not None
        return self.environment.folder(record, host)

    def counters(self) -> dict[int, str]:
        """Ids of the series that count, with their devices."""
        environment = self.environment
        record = environment.record()
        assert record is not None
        series, _ = load_routes(environment.store, record.units["host/a/gw"])
        return {one.id: one.device for one in series if one.point == COUNTER}


class DatabaseEnd:
    """Watches committed rows."""

    name = "database"

    def __init__(self, line: Line) -> None:
        self.line = line
        environment = line.environment
        record = environment.record()
        assert record is not None
        secret = names.database_secret("reader")
        port = int(record.outputs[f"{names.DATABASE}#sql.port"])
        password = environment.vault.values([secret])[secret]
        self.login: Mapping[str, Any] = {
            "host": "127.0.0.1",
            "port": port,
            "user": "reader",
            "password": password,
            "dbname": "aiot",
        }

    def watch(self, settle_s: float, watch_s: float) -> Ended:
        """Watches for a while after a pause."""
        counting = list(self.line.counters())
        with psycopg.connect(**self.login, autocommit=True) as connection:
            newest = "SELECT extract(epoch FROM now() - max(time))::float8 FROM aiot.value WHERE series = %s"

            def age() -> float:
                row = connection.execute(newest, [counting[0]]).fetchone()
                return float("inf") if row is None or row[0] is None else float(row[0])

            lags, begin, end = _sampled(age, settle_s, watch_s)
            time.sleep(max(5.0, 2 * lags[-1]))
            span = [begin, end]
            between = "time >= to_timestamp(%s) AND time < to_timestamp(%s)"
            total = connection.execute(f"SELECT count(*) FROM aiot.value WHERE {between}", span).fetchone()
            rows = connection.execute(
                f"SELECT count(*), count(DISTINCT i), max(i) - min(i) + 1 FROM aiot.value WHERE {between}"
                " AND series = ANY(%s) GROUP BY series",
                [*span, counting],
            ).fetchall()
        missing = (len(counting) - len(rows)) * int(watch_s * 1000 / EVERY_MS)
        lost = sum(int(span_of) - int(distinct) for _, distinct, span_of in rows) + missing
        doubled = sum(int(count) - int(distinct) for count, distinct, _ in rows)
        assert total is not None
        return Ended(self.line.rate, total[0] / watch_s, lags, lost, doubled)


class FileEnd:
    """Watches a file that the gateway's collector writes in place of sending to the hub: the same
    configuration but for
    its output. The gateway's own collector is stopped for as long."""

    name = "file"

    def __init__(self, line: Line) -> None:
        self.line = line
        self.process: subprocess.Popen[bytes] | None = None

    def watch(self, settle_s: float, watch_s: float) -> Ended:
        """Watches for a while after a pause."""
        root = self.line.root("host/a/gw")
        binary = _stopped(root)
        out, conf = self.line.project / "flow.lp", self.line.project / "flow.conf"
        out.unlink(missing_ok=True)
        text = (root / "etc/telegraf.conf").read_text()
        replaced, count = re.subn(r"(?ms)^\[\[outputs\.mqtt\]\].*?(?=^\[|\Z)", _output(out), text)
        if count != 1:
            raise RuntimeError(f"the collector has {count} outputs to the broker, not one")
        conf.write_text(replaced)
        self.process = subprocess.Popen([binary, "--config", str(conf)], stderr=subprocess.DEVNULL)
        try:
            lags, begin, end = _sampled(lambda: _newest(out), settle_s, watch_s)
            time.sleep(max(3.0, 2 * lags[-1]))
        finally:
            self.close()
        return _counted(self.line, out, lags, begin, end)

    def close(self) -> None:
        """Ends the collector."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=60)
            self.process = None


@contextmanager
def laid(folder: Path) -> Iterator[Line]:
    """A line in an empty folder, taken away at the end."""
    line = Line(folder)
    try:
        yield line
    finally:
        aiotctl("destroy", "--purge-data", "--yes", "--project", str(folder))


def aiotctl(*words: str) -> None:
    """Runs a command. Raises RuntimeError with what it said where it fails."""
    done = subprocess.run([*AIOTCTL, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(
            f"aiotctl {' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}"
        )


def _sampled(age: Callable[[], float], settle_s: float, watch_s: float) -> tuple[list[float], float, float]:
    """Ages taken at short intervals, and the span of time they were taken in (seconds since the epoch)."""
    # What waited at the broker while the line was laid anew must have come through before the watch begins.
    patience = time.monotonic() + CATCH_UP_S
    while age() > FRESH_S and time.monotonic() < patience:
        time.sleep(SAMPLE_S)
    time.sleep(settle_s)
    begin = time.time()
    lags: list[float] = []
    while time.time() < begin + watch_s:
        lags.append(age())
        time.sleep(SAMPLE_S)
    return lags, begin, begin + watch_s


def _stopped(root: Path) -> str:
    """Stops a host's supervisor and collector, and gives the collector's program."""
    binary = ""
    for process in sorted(scan().values(), key=lambda p: p.service != ""):
        if process.root != str(root):
            continue
        if process.service == "telegraf":
            binary = str(Path(f"/proc/{process.pid}/exe").readlink())
        os.kill(process.pid, signal.SIGKILL)
    if not binary:
        raise RuntimeError(f"no collector runs below {root}")
    return binary


def _output(out: Path) -> str:
    return f'[[outputs.file]]\n  files = [{json.dumps(str(out))}]\n  data_format = "influx"\n\n'


def _newest(out: Path) -> float:
    """Age of the last whole line of a file, by its time stamp."""
    try:
        with out.open("rb") as file:
            file.seek(max(0, out.stat().st_size - 4096))
            lines = file.read().split(b"\n")
        return time.time() - int(lines[-2].rsplit(b" ", 1)[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return float("inf")


def _counted(line: Line, out: Path, lags: list[float], begin: float, end: float) -> Ended:
    counting = {str(number) for number in line.counters()}
    seen: dict[str, list[int]] = {number: [] for number in counting}
    total = 0
    pattern = re.compile(r"^[^,]*,s=(\d+) (\S+) (\d+)$")
    with out.open(encoding="utf-8") as file:
        for text in file:
            match = pattern.match(text.rstrip("\n"))
            if match is None or not begin <= int(match[3]) / 1e9 < end:
                continue
            total += 1
            if match[1] in counting:
                found = re.search(r"(?:^|,)i=(-?\d+)i", match[2])
                seen[match[1]] += [int(found[1])] if found else []
    lost = sum(max(v) - min(v) + 1 - len(set(v)) if v else 1 for v in seen.values())
    doubled = sum(len(v) - len(set(v)) for v in seen.values())
    return Ended(line.rate, total / (end - begin), lags, lost, doubled)
