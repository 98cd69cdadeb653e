"""Where the containers live: storage of their own, and a mount namespace with a pure cgroup v2."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

RUN = Path("/run/aiotctl-hosts")
"""What lasts until the next boot: podman's locks, the mount namespace, keys of the fleets."""

_NAMESPACE = RUN / "namespace" / "mnt"
_CGROUP = Path("/sys/fs/cgroup")
_CGROUP2_MAGIC = "cgroup2fs"
_PROGRAMS = ("podman", "crun", "debootstrap", "nft", "iptables", "ssh", "ssh-keygen", "nsenter", "ip")


def missing() -> str:
    """Why there can be no hosts here, and what helps; empty where there can be."""
    if os.geteuid() != 0:
        return "hosts to test against are containers with systemd, which only root can start: run as root"
    absent = [program for program in _PROGRAMS if not shutil.which(program)]
    if absent:
        return f"not there: {', '.join(absent)}; get them with: scripts/hosts.sh setup"
    return ""


def cache() -> Path:
    """The folder that images outlive a boot in."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(home) / "aiotctl" / "hosts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def lock(name: str) -> Iterator[None]:
    """One at a time on this machine."""
    RUN.mkdir(mode=0o700, exist_ok=True)
    with (RUN / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def podman(*words: str, stdin: bytes | IO[bytes] = b"", check: bool = True, timeout: float = 240) -> bytes:
    """What a podman command prints; raises with its complaint where it fails."""
    given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    command = [*_inside(), *_podman(), *words]
    done = subprocess.run(command, capture_output=True, timeout=timeout, **given)
    if check and done.returncode:
        raise RuntimeError(f"podman {' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def exec_in(container: str, command: str) -> list[str]:
    """The words that run a line of sh as root in a container."""
    return [*_inside(), *_podman(), "exec", "-i", container, "sh", "-c", command]


def _podman() -> list[str]:
    storage = cache() / "storage"
    return [
        *("podman", "--root", str(storage), "--runroot", str(RUN / "podman")),
        *("--network-config-dir", str(RUN / "networks"), "--tmpdir", str(RUN / "tmp")),
        *("--cgroup-manager", "cgroupfs", "--events-backend", "none", "--runtime", "crun"),
    ]


def _inside() -> list[str]:
    if _filesystem(_CGROUP) == _CGROUP2_MAGIC:
        return []
    if not _is_namespace(_NAMESPACE):
        with lock("namespace"):
            if not _is_namespace(_NAMESPACE):
                _make_namespace()
    return ["nsenter", f"--mount={_NAMESPACE}", "--"]


def _make_namespace() -> None:
    """A mount namespace that lasts without a process, kept by a bind mount on a file until the next boot.

    The file's folder must be a private mount, or the kernel refuses to keep a namespace in itself.
    """
    folder = _NAMESPACE.parent
    folder.mkdir(parents=True, exist_ok=True)
    if not os.path.ismount(folder):
        _call("mount", "--bind", str(folder), str(folder))
    _call("mount", "--make-private", str(folder))
    _NAMESPACE.touch()
    mounts = f"umount -R {_CGROUP} && mount -t cgroup2 none {_CGROUP}"
    _call("unshare", f"--mount={_NAMESPACE}", "sh", "-c", mounts)


def _is_namespace(path: Path) -> bool:
    return _filesystem(path) == "nsfs"


def _filesystem(path: Path) -> str:
    done = subprocess.run(["stat", "-f", "-c", "%T", str(path)], capture_output=True, text=True)
    return done.stdout.strip()


def _call(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=60)
