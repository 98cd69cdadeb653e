"""The hosts of an environment as folders of this machine, on free ports: their files with everything bound,
and their services as processes of an unprivileged user.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aiotctl.access import signing
from aiotctl.engine.bind import bind, references, secret_names
from aiotctl.model import names
from aiotctl.model.bundle import Bundle
from aiotctl.model.primitives import Certificate, Host, Schema, Service
from aiotctl.toolbox.locate import locate
from aiotctl.toolbox.obtain import ensure
from aiotctl.toolbox.pins import pins

UNPRIVILEGED = "nobody"
PYTHON = "/usr/bin/python3"
DEVELOPED = ("maintenance", "lake-export")
"""Services that need libraries, which only the Python of the tests has."""

IN_PLACE = {"mosquitto": "/usr/sbin/mosquitto", "postgresql": "/usr/lib/postgresql/15/bin"}
DAY = 86400


def program(name: str) -> str:
    """Where a program lies. What is not there fails in CI and skips elsewhere."""
    found = Path(IN_PLACE[name]) if name in IN_PLACE else locate(name)
    where = found if isinstance(found, Path) or found is None else found.path
    if where is not None and where.exists():
        return str(where)
    if name in pins() and pins()[name].bundled:
        return str(ensure([name], lambda _: None)[name].path)
    packages = {"mosquitto": "mosquitto", "postgresql": "postgresql-15"}
    how = f"apt-get install {packages[name]}" if name in packages else f"aiotctl tools install {name}"
    reason = f"{name} is not there: `{how}` gets it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Authority:
    """An environment's authority, whose certificates can be had for any name and any time."""

    def __init__(self) -> None:
        self.now = int(time.time())
        self.pair = signing.new_authority(self.now, 30)
        self.signer = signing.load_signer(self.pair)

    def sign(self, name: str, hosts: tuple[str, ...] = (), ends: int = 20 * DAY) -> tuple[signing.Pair, int]:
        return signing.sign(self.signer, name, hosts, self.now, self.now + ends)

    def revocations(self, serials: tuple[int, ...] = ()) -> str:
        gone = [(serial, self.now) for serial in serials]
        return signing.sign_revocations(self.signer, gone, self.now, self.now + 20 * DAY)


@dataclass
class Machines:
    """All hosts of a bundle below one folder."""

    folder: Path
    bundle: Bundle
    authority: Authority = field(default_factory=Authority)
    spice: str = "-'\"\\$`{%:#"
    outputs: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def install(self, *hosts: str) -> None:
        """Makes the hosts' folders and writes their files."""
        wanted = [self.host(address) for address in hosts]
        for host in wanted:
            self._know(host)
        for host in wanted:
            self.write(host)

    def host(self, address: str) -> Host:
        rendered = self.bundle.render(address)
        assert isinstance(rendered, Host)
        return rendered

    def schema(self) -> Schema:
        rendered = self.bundle.render("schema/hub")
        assert isinstance(rendered, Schema)
        return rendered

    def root(self, address: str) -> Path:
        return self.folder / address.replace("/", ".")

    def write(self, host: Host) -> None:
        root = self.root(host.address)
        for directory in host.directories:
            (root / directory.path).mkdir(parents=True, exist_ok=True)
        for name in secret_names(host):
            if name.startswith("certificate/"):
                continue
            self.secrets.setdefault(name, name.replace("/", "-") + self.spice)
        for file in host.files:
            path = root / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(bind(file.content, self.outputs, self.secrets))
            path.chmod(0o600)
        if os.geteuid() == 0:
            for path in (root, *root.rglob("*")):
                shutil.chown(path, UNPRIVILEGED)

    def issue(self, certificate: Certificate) -> None:
        """Puts a certificate and its key among the secrets."""
        pair, _ = self.authority.sign(certificate.name, certificate.hosts)
        self.secrets[names.certificate_secret(certificate.name)] = pair.certificate
        self.secrets[names.key_secret(certificate.name)] = pair.key

    def _know(self, host: Host) -> None:
        self.secrets.setdefault(names.certificate_secret(names.AUTHORITY), self.authority.pair.certificate)
        self.secrets.setdefault(names.CRL, self.authority.revocations())
        for certificate in host.certificates:
            if names.certificate_secret(certificate.name) not in self.secrets:
                self.issue(certificate)
        self.outputs[f"{host.address}#root"] = str(self.root(host.address))
        for name in host.programs:
            if f"program/{name}#path" in {f"{r.address}#{r.attribute}" for r in references(host)}:
                self.outputs.setdefault(f"program/{name}#path", self._program(name))
        for service in host.services:
            for port in service.ports:
                where = f"{host.address}/service/{service.name}#{port.name}"
                number = free_port()
                self.outputs |= {f"{where}.port": str(number), f"{where}.host": "127.0.0.1"}
                self.outputs[f"{where}.address"] = f"127.0.0.1:{number}"

    def _program(self, name: str) -> str:
        if name == "agents":
            return str(Path(__file__).parents[3])
        return PYTHON if name == "python" else program(name)

    def service(self, address: str) -> Service:
        host, _, name = address.partition("/service/")
        return next(one for one in self.host(host).services if one.name == name)

    def start(self, address: str, wait: bool = True) -> None:
        service, root = self.service(address), self.root(address.partition("/service/")[0])
        command = [bind(word, self.outputs, self.secrets) for word in service.command]
        if service.name in DEVELOPED:
            command[0] = sys.executable
        user = UNPRIVILEGED if os.geteuid() == 0 and _for_all(Path(command[0])) else None
        environment = {"PATH": os.environ["PATH"], "HOME": str(root)}
        environment |= {k: bind(v, self.outputs, self.secrets) for k, v in service.environment}
        with (self.folder / f"{address.replace('/', '.')}.log").open("ab") as log:
            self.running[address] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=root,
                env=environment,
                user=user,
                extra_groups=[] if user else None,
                start_new_session=True,
            )
        if wait and service.health.tcp:
            self.wait(address, service.health.tcp)

    def wait(self, address: str, port: str, within_s: float = 60) -> None:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if self.running[address].poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port(address, port)), 1).close()
            except OSError:
                time.sleep(0.05)
                continue
            return
        raise AssertionError(f"{address} is not healthy: {self.log(address)[-3000:]}")

    def port(self, address: str, name: str) -> int:
        return int(self.outputs[f"{address}#{name}.port"])

    def log(self, address: str) -> str:
        return (self.folder / f"{address.replace('/', '.')}.log").read_text(errors="replace")

    def kill(self, address: str) -> None:
        process = self.running.pop(address)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self, address: str) -> None:
        service, process = self.service(address), self.running.pop(address)
        process.send_signal(signal.Signals[f"SIG{service.stop_signal}"])
        try:
            process.wait(service.stop_ms / 1000)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def files_of(self, name: str, pair: signing.Pair | None = None) -> tuple[Path, Path, Path]:
        """Authority, certificate and key of a name as files of the test's own."""
        folder = self.folder / "clients" / name
        folder.mkdir(parents=True, exist_ok=True)
        if pair is None:
            pair, _ = self.authority.sign(name)
        texts = {"ca": self.authority.pair.certificate, "cert": pair.certificate, "key": pair.key}
        for what, text in texts.items():
            (folder / f"{what}.pem").write_text(text)
            (folder / f"{what}.pem").chmod(0o600)
        return folder / "ca.pem", folder / "cert.pem", folder / "key.pem"

    def tls(self, name: str, pair: signing.Pair | None = None) -> ssl.SSLContext:
        """A client's context with a certificate of this name."""
        ca, cert, key = self.files_of(name, pair)
        context = ssl.create_default_context(cafile=str(ca))
        context.load_cert_chain(cert, key)
        return context


def _for_all(path: Path) -> bool:
    """Whether an unprivileged user may run a program there."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.resolve().parents))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
