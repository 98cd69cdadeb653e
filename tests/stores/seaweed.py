"""A SeaweedFS server of one test session: real S3 with users, conditional writes and listings."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import obstore
from obstore.store import S3Store

from aiotctl.stores import s3
from aiotctl.stores.blobs.protocol import Blobs

ADMIN = ("operator", "operator-secret-0123456789")
LIMITED = ("guest", "guest-secret-0123456789")
"""May read and write, but makes no bucket by writing to it."""
BUCKET = "state"


@dataclass
class Seaweed:
    """The server in a folder; ``port`` is that of S3."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    _ports: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self._ports = free_ports(8)
        self.port = self._ports[0]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, prefix: str, endpoint: str = "") -> str:
        return f"s3://{BUCKET}/{prefix}?endpoint={endpoint or self.endpoint}&region=us-east-1"

    @staticmethod
    def environ(user: tuple[str, str] = ADMIN) -> Mapping[str, str]:
        return {"AWS_ACCESS_KEY_ID": user[0], "AWS_SECRET_ACCESS_KEY": user[1]}

    def store(self) -> S3Store:
        """The bucket itself, to look into it and to do damage."""
        return S3Store(
            BUCKET,
            endpoint=self.endpoint,
            access_key_id=ADMIN[0],
            secret_access_key=ADMIN[1],
            region="us-east-1",
            client_options={"allow_http": True},
        )

    @staticmethod
    def opened(url: str) -> Blobs:
        return s3.bucket(url)

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        identities = self.folder / "identities.json"
        identities.write_text(json.dumps({"identities": [_identity(ADMIN, "Admin"), _identity(LIMITED)]}))
        s3, s3_grpc, filer, filer_grpc, volume, volume_grpc, master, master_grpc = self._ports
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        command = [
            program(),
            "-logtostderr=true",
            "server",
            f"-dir={data}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
        ]
        command += [f"-master.port={master}", f"-master.port.grpc={master_grpc}", "-master.telemetry=false"]
        command += ["-master.volumeSizeLimitMB=64", "-master.electionTimeout=500ms"]
        command += ["-master.heartbeatInterval=100ms", f"-volume.port={volume}", "-volume.max=0"]
        command += [f"-volume.port.grpc={volume_grpc}", "-volume.preStopSeconds=0", "-filer"]
        command += [f"-filer.port={filer}", f"-filer.port.grpc={filer_grpc}", "-s3", f"-s3.port={s3}"]
        command += [f"-s3.port.grpc={s3_grpc}", f"-s3.config={identities}", "-s3.iam=false"]
        command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, process_group=0)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                obstore.put(
                    self.store(), "ready", b"ready"
                )  # an administrator's first write makes the bucket
                return
            except Exception:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()[-4000:]
                time.sleep(0.2)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        for port in self._ports:
            for socket_file in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                socket_file.unlink(missing_ok=True)


def program() -> str | None:
    """The server of the wheel beside the interpreter, or one on the path."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


def free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _identity(user: tuple[str, str], *actions: str) -> Mapping[str, object]:
    key = {"accessKey": user[0], "secretKey": user[1]}
    return {"name": user[0], "credentials": [key], "actions": actions or ("Read", "Write", "List", "Tagging")}
