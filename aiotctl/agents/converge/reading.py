"""Reads a manifest from JSON; the format is told in manifest.py."""

from __future__ import annotations

import re
import signal
from pathlib import Path, PurePosixPath

from .errors import ManifestError
from .fields import Fields, read_owner
from .manifest import (
    VERSION,
    Confirm,
    Directory,
    Health,
    ManagedFile,
    Manifest,
    Port,
    Program,
    Resources,
    Service,
    start_waves,
)
from .runtimes import runtime_for

RESERVED = ("run", "logs", "manifest.json", "firewall.nft", "agent", "rollback")
SUPERVISOR_LOG = "supervisord"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def read_manifest(value: object) -> Manifest:
    """A manifest from parsed JSON; raises ManifestError naming the place of the first fault."""
    fields = Fields(value, "manifest")
    if fields.take("version") != VERSION:
        raise ManifestError(f"manifest: version {VERSION} expected, found {fields.take('version')!r}")
    name = fields.text("runtime", "process")
    runtime = runtime_for(name)
    owner = read_owner(fields.take("owner"), "manifest.owner")
    root = fields.text("root")
    if (
        not root.startswith("/")
        or str(PurePosixPath(root)) != root
        or ".." in PurePosixPath(root).parts
        or root == "/"
    ):
        raise ManifestError(f"manifest.root: expected a normalised absolute path, found {root!r}")
    programs = fields.each("programs", _program)
    locations = {p.name: f"{root}/{p.path}" if p.deliver else p.source for p in programs}
    manifest = Manifest(
        owner=owner,
        host=fields.text("host"),
        root=Path(root),
        python=fields.optional_text("python"),
        programs=programs,
        directories=fields.each("directories", _directory),
        files=fields.each("files", _file),
        services=fields.each("services", lambda item: _service(item, locations)),
        runtime=name,
        packages=fields.each("packages", lambda item: (item.text("name"), item.text("version", ""))),
        accounts=fields.texts("accounts"),
        firewall=_firewall(fields.take("firewall")),
        confirm=_confirm(fields.take("confirm")),
    )
    fields.end()
    _check_references(manifest)
    runtime.check(manifest)
    return manifest


def _name(fields: Fields) -> str:
    name = fields.text("name")
    if not _NAME.fullmatch(name):
        raise ManifestError(f"{fields.where}.name: {name!r} is not letters, digits, '_', '.' and '-'")
    return name


def inside(fields: Fields, path: str) -> str:
    """The path when it stays inside the root and out of the agent's own folders."""
    pure = PurePosixPath(path)
    if path != str(pure) or path == "." or pure.is_absolute() or ".." in pure.parts:
        raise ManifestError(f"{fields.where}.path: {path!r} is not a normalised path under the root")
    if pure.parts[0] in RESERVED:
        raise ManifestError(f"{fields.where}.path: {pure.parts[0]!r} is kept for the agent itself")
    return path


def _program(fields: Fields) -> Program:
    name, source, deliver = _name(fields), fields.text("source"), fields.flag("deliver", False)
    path = fields.optional_text("path")
    if not source.startswith("/"):
        raise ManifestError(f"{fields.where}.source: expected an absolute path")
    if deliver:
        path = inside(fields, path or f"programs/{name}")
    digest = fields.optional_text("digest")
    if deliver and not digest:
        raise ManifestError(f"{fields.where}.digest: a program that is delivered needs it")
    return Program(
        name, source, digest and digest.removeprefix("sha256:"), deliver, path if deliver else None
    )


def _directory(fields: Fields) -> Directory:
    path = inside(fields, fields.text("path"))
    is_data = fields.flag("data", PurePosixPath(path).parts[0] == "data")
    return Directory(
        path,
        fields.mode("mode", "0700"),
        fields.optional_text("user"),
        is_data,
        fields.optional_text("group"),
    )


def _file(fields: Fields) -> ManagedFile:
    path = inside(fields, fields.text("path"))
    return ManagedFile(
        path,
        fields.text("content"),
        fields.mode("mode", "0600"),
        fields.optional_text("user"),
        fields.flag("secret", False),
        fields.optional_text("group"),
    )


def _port(fields: Fields) -> Port:
    number = fields.number("port")
    if not 1 <= number <= 65535:
        raise ManifestError(f"{fields.where}.port: {number} is not a TCP port")
    return Port(_name(fields), fields.text("host", "127.0.0.1"), int(number))


def _health(value: object, where: str) -> Health | None:
    if value is None:
        return None
    fields = Fields(value, where)
    health = Health(fields.optional_text("tcp"), fields.optional_text("http"), fields.texts("command"))
    fields.end()
    if sum(map(bool, (health.tcp, health.http, health.command))) != 1:
        raise ManifestError(f"{where}: expected exactly one of 'tcp', 'http' and 'command'")
    if health.http and not health.http.startswith(("http://", "https://")):
        raise ManifestError(f"{where}.http: {health.http!r} is not an HTTP address")
    return health


def _signal(fields: Fields, key: str, default: str) -> str:
    name = fields.text(key, default)
    if f"SIG{name}" not in signal.Signals.__members__:
        raise ManifestError(f"{fields.where}.{key}: {name!r} is not a signal such as 'TERM'")
    return name


def _service(fields: Fields, locations: dict[str, str]) -> Service:
    command = fields.texts("command")
    if not command:
        raise ManifestError(f"{fields.where}.command: at least the program is needed")
    directory = fields.text("directory", ".")
    if PurePosixPath(directory).is_absolute() or ".." in PurePosixPath(directory).parts:
        raise ManifestError(f"{fields.where}.directory: {directory!r} is not under the root")
    on_change = fields.text("on_change", "restart")
    if on_change not in ("restart", "reload", "none"):
        raise ManifestError(
            f"{fields.where}.on_change: expected restart, reload or none, found {on_change!r}"
        )
    used = tuple(n for n, at in locations.items() if any(a == at or a.startswith(at + "/") for a in command))
    name = _name(fields)
    if name == SUPERVISOR_LOG:
        raise ManifestError(f"{fields.where}.name: {name!r} is kept for the agent itself")
    return Service(
        name=name,
        command=command,
        environment=fields.text_map("environment"),
        directory=directory,
        user=fields.optional_text("user"),
        files=fields.texts("files"),
        programs=used if fields.take("programs") is None else fields.texts("programs"),
        on_change=on_change,
        reload_signal=_signal(fields, "reload_signal", "HUP"),
        stop_signal=_signal(fields, "stop_signal", "TERM"),
        stop_seconds=max(1, round(fields.number("stop_seconds", 10))),
        ports=fields.each("ports", _port),
        health=_health(fields.take("health"), f"{fields.where}.health"),
        health_seconds=fields.number("health_seconds", 30),
        start_after=fields.texts("start_after"),
        writes=fields.texts("writes"),
        resources=_resources(fields.take("resources"), f"{fields.where}.resources"),
        devices=_devices(fields),
        executable_memory=fields.flag("executable_memory", False),
    )


def _resources(value: object, where: str) -> Resources:
    if value is None:
        return Resources()
    fields = Fields(value, where)
    limits = {key: int(fields.number(key, 0)) for key in ("memory", "cpu_percent", "files")}
    fields.end()
    return Resources(**limits)


def _devices(fields: Fields) -> tuple[str, ...]:
    paths = fields.texts("devices")
    for path in paths:
        if not re.fullmatch(r"/dev/[A-Za-z0-9_./-]+", path) or ".." in path:
            raise ManifestError(f"{fields.where}.devices: {path!r} is not a device such as '/dev/ttyUSB0'")
    return paths


def _firewall(value: object) -> str:
    if value is None:
        return ""
    fields = Fields(value, "manifest.firewall")
    content = fields.text("content")
    fields.end()
    return content


def _confirm(value: object) -> Confirm | None:
    if value is None:
        return None
    fields = Fields(value, "manifest.confirm")
    confirm = Confirm(_id(fields), max(1, int(fields.number("within_seconds"))))
    fields.end()
    return confirm


def _id(fields: Fields) -> str:
    text = fields.text("id")
    if not _NAME.fullmatch(text):
        raise ManifestError(f"{fields.where}.id: {text!r} is not letters, digits, '_', '.' and '-'")
    return text


def _check_references(manifest: Manifest) -> None:
    for kind, names in (
        ("program", [p.name for p in manifest.programs]),
        ("directory", [d.path for d in manifest.directories]),
        ("file", [f.path for f in manifest.files]),
        ("service", [s.name for s in manifest.services]),
    ):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ManifestError(f"manifest: {kind} {twice[0]!r} is given twice")
    files, programs = {f.path for f in manifest.files}, {p.name for p in manifest.programs}
    services = {s.name for s in manifest.services}
    for service in manifest.services:
        for known, wanted, field in (
            (files, service.files, "files"),
            (programs, service.programs, "programs"),
            (services, service.start_after, "start_after"),
        ):
            missing = sorted(set(wanted) - known)
            if missing:
                raise ManifestError(
                    f"service {service.name!r}: {field} names {missing[0]!r}, which is not there"
                )
        if (
            service.health
            and service.health.tcp
            and service.health.tcp not in {p.name for p in service.ports}
        ):
            raise ManifestError(
                f"service {service.name!r}: health names port {service.health.tcp!r}, which it has not"
            )
    _check_ports(manifest.services)
    start_waves(manifest.services)


def _check_ports(services: tuple[Service, ...]) -> None:
    holders: dict[tuple[str, int], str] = {}
    for service in services:
        for port in service.ports:
            holder = holders.setdefault((port.host, port.port), service.name)
            if holder != service.name:
                raise ManifestError(
                    f"manifest: port {port.port} is given to both {holder!r} and {service.name!r}"
                )
