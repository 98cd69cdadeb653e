"""A service as the text of a hardened unit."""

from __future__ import annotations

from . import unit_quoting as quoting
from .files import under
from .manifest import PATH, ManagedFile, Manifest, Service
from .users import UNPRIVILEGED

FOLDER = "/etc/systemd/system"
_OPEN_FILES = 65536
_PRIVILEGED_PORTS = 1024
_LOCKED = """\
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
PrivateTmp=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
"""


def unit_name(service: str) -> str:
    """The unit that keeps a service running."""
    return f"aiotctl-{service}.service"


def unit_path(service: str) -> str:
    """Where that unit's file is."""
    return f"{FOLDER}/{unit_name(service)}"


def environment_path(service: str) -> str:
    """The file of a service's environment, below the root: it may hold secrets, so no unit does."""
    return f"run/{service}.env"


def unit_files(manifest: Manifest) -> tuple[ManagedFile, ...]:
    """Unit and environment file of every service."""
    return tuple(
        file
        for service in manifest.services
        for file in (
            ManagedFile(unit_path(service.name), unit_text(manifest, service), 0o644, None, secret=False),
            ManagedFile(
                environment_path(service.name), environment_text(manifest, service), 0o600, None, secret=True
            ),
        )
    )


def environment_text(manifest: Manifest, service: Service) -> str:
    """All that a service gets as its environment beside what systemd sets for its user."""
    home = {"PATH": PATH, "HOME": str(manifest.root / service.directory), "LANG": "C.UTF-8"}
    return quoting.environment({**home, **dict(service.environment)})


def unit_text(manifest: Manifest, service: Service) -> str:
    """The unit. No text of the manifest enters it but quoted, or checked when the manifest was read."""
    after = " ".join(unit_name(name) for name in service.start_after)
    needs = f"Wants={after}\nAfter={after}\n" if after else ""
    return (
        f"[Unit]\nDescription=aiotctl service {service.name}\n"
        f"Wants=network-online.target\nAfter=network-online.target\n{needs}StartLimitIntervalSec=0\n"
        "\n[Service]\nType=exec\n"
        f"{_process(manifest, service)}{_restarting(service)}{_resources(service)}"
        f"{_LOCKED}{_openings(manifest, service)}"
        "\n[Install]\nWantedBy=multi-user.target\n"
    )


def _process(manifest: Manifest, service: Service) -> str:
    name = "nobody" if service.user == UNPRIVILEGED else service.user
    user = f"User={name}\n" if name else ""
    return (
        f"ExecStart={quoting.command(service.command)}\n"
        f"ExecReload=/bin/kill -s {service.reload_signal} $MAINPID\n"
        f"EnvironmentFile={manifest.root / environment_path(service.name)}\n"
        f"WorkingDirectory={manifest.root / service.directory}\n"
        f"{user}UMask=0077\nSyslogIdentifier=aiotctl-{service.name}\n"
    )


def _restarting(service: Service) -> str:
    return (
        "Restart=always\nRestartSec=1\nKillMode=mixed\n"
        f"KillSignal=SIG{service.stop_signal}\nTimeoutStopSec={service.stop_seconds}\n"
    )


def _resources(service: Service) -> str:
    limits = service.resources
    return (
        f"LimitNOFILE={limits.files or _OPEN_FILES}\n"
        + (f"MemoryMax={limits.memory}\n" if limits.memory else "")
        + (f"CPUQuota={limits.cpu_percent}%\n" if limits.cpu_percent else "")
    )


def _openings(manifest: Manifest, service: Service) -> str:
    """What this service may do beyond what none may: write, use serial lines, make code, bind low ports."""
    writes = " ".join(quoting.word(str(under(manifest.root, path))) for path in service.writes)
    low = any(port.port < _PRIVILEGED_PORTS for port in service.ports)
    ability = "CAP_NET_BIND_SERVICE" if low else ""
    return (
        f"CapabilityBoundingSet={ability}\nAmbientCapabilities={ability}\n"
        + ("" if service.executable_memory else "MemoryDenyWriteExecute=yes\n")
        + _devices(service)
        + (f"ReadWritePaths={writes}\n" if writes else "")
    )


def _devices(service: Service) -> str:
    if not service.devices:
        return "PrivateDevices=yes\n"
    lines = "".join(f"DeviceAllow={quoting.word(path)} rw\n" for path in service.devices)
    return f"DevicePolicy=closed\nSupplementaryGroups=dialout\n{lines}"
