"""Azurite, the emulator of Azure's blobs, for those who have it: an npm package and no part of the setup."""

from __future__ import annotations

import base64
import hashlib
import hmac
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from obstore.store import AzureStore

from aiotctl.stores import azblob
from aiotctl.stores.blobs.protocol import Blobs

from .seaweed import free_ports

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Account and key that every such emulator has."""
CONTAINER = "state"


@dataclass
class Azurite:
    """The emulator in a folder."""

    program: str
    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def url(self, prefix: str, endpoint: str = "") -> str:
        domain = endpoint.removeprefix("http://") or f"127.0.0.1:{self.port}"
        return f"azblob://{CONTAINER}/{prefix}?storage_account={ACCOUNT}&protocol=http&domain={domain}"

    def store(self) -> AzureStore:
        """The container itself, to look into it and to do damage."""
        return AzureStore(
            CONTAINER,
            config={"account_name": ACCOUNT, "account_key": KEY, "endpoint": self._service},
            client_options={"allow_http": True},
        )

    @staticmethod
    def opened(url: str) -> Blobs:
        return azblob.bucket(url)

    @property
    def _service(self) -> str:
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    def start(self) -> None:
        self.port = free_ports(1)[0]
        words = [
            "--silent",
            "--location",
            str(self.folder),
            "--blobHost",
            "127.0.0.1",
            "--skipApiVersionCheck",
        ]
        self.process = subprocess.Popen([self.program, *words, "--blobPort", str(self.port)])
        deadline = time.monotonic() + 60
        while True:
            try:
                self._make_container()
                return
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.3)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _make_container(self) -> None:
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
        named = "".join(f"{name}:{value}\n" for name, value in headers.items())
        text = "PUT" + "\n" * 12 + f"{named}/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
        signed = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
        headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(signed).decode()}"
        url = f"{self._service}/{CONTAINER}?restype=container"
        with urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers), timeout=5):
            return
