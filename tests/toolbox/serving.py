"""A small HTTP(S) server for downloads, that can misbehave on purpose, and a certificate authority for it."""

from __future__ import annotations

import datetime
import gzip
import io
import ipaddress
import ssl
import tarfile
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Behaviour:
    """What the server does: content by path, how many first answers break off, seconds between chunks."""

    files: dict[str, bytes] = field(default_factory=dict)
    break_off: int = 0
    pause_s: float = 0
    asked: list[str] = field(default_factory=list)


class Downloads(ThreadingHTTPServer):
    """Serves on a free port of 127.0.0.1; a request for a whole URL (as a proxy gets it) is served too."""

    daemon_threads = True

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.behaviour = behaviour
        self.scheme = "https" if tls else "http"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Downloads:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle is part of the tests."""


class _Answer(BaseHTTPRequestHandler):
    server: Downloads

    def do_GET(self) -> None:
        behaviour = self.server.behaviour
        behaviour.asked.append(self.path)
        content = behaviour.files.get(urlsplit(self.path).path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if behaviour.break_off:
            behaviour.break_off -= 1
            content = content[: len(content) // 2]
        for start in range(0, len(content), 65536):
            self.wfile.write(content[start : start + 65536])
            time.sleep(behaviour.pause_s)

    def log_message(self, format: str, *args: object) -> None:
        """Tests read `asked` instead."""


def archive(member: str, content: bytes) -> bytes:
    """A tar.gz with one file, as makers publish their programs; the same bytes each time."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo(f"./{member}")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), 0, mtime=0)


def authority(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate authority's file, and a server's TLS with a certificate of it for 127.0.0.1."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("A company's own authority", ca_key, "A company's own authority", ca_key, is_ca=True)
    server = _certificate("127.0.0.1", key, "A company's own authority", ca_key, is_ca=False)
    ca_file, chain = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(private + server.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return ca_file, context


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_ca: bool,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if not is_ca:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
