"""Where the containers live: storage of their own, and a mount namespace with a pure cgroup v2."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from stacks.lab.machines import child

KEPT = Path("/var/lib/aiotctl-lab")
"""What outlives a boot: images, containers with their data, networks. The same whoever became root, and no
cache: the database of a lab may be in it.
"""

RUN = Path("/run/aiotctl-lab")
"""What lasts until the next boot: podman's locks, the mount namespace."""

EXITS = RUN / "tmp" / "exits"
"""Where a container's monitor notes how it ended (conmon's --exit-dir)."""

PACKAGES = "podman crun debootstrap netavark aardvark-dns iptables nftables iproute2 util-linux"

LIMITS = ("--pids-limit", "0", "--ulimit", "nofile=10000:10000", "--ulimit", "nproc=30000:30000")
"""Of a container: podman's own are above what this machine may allow."""

_NAMESPACE = RUN / "namespace" / "mnt"
_CGROUP = Path("/sys/fs/cgroup")
_CGROUP2_MAGIC = "cgroup2fs"
_PROGRAMS = ("podman", "crun", "debootstrap", "nft", "iptables", "nsenter", "ip")


def missing() -> str:
    """Why there can be no machines here, and what helps; empty where there can be."""
    if os.geteuid() != 0:
        return (
            "the lab's machines are containers with systemd, which only root can start: run the same as root"
        )
    absent = [program for program in _PROGRAMS if not shutil.which(program, path=child.path())]
    if absent:
        return (
            f"the lab needs programs that are not there: {', '.join(absent)}. On Debian or Ubuntu:\n"
            f"apt-get update && apt-get install --no-install-recommends {PACKAGES}"
        )
    return ""


@contextmanager
def lock(name: str) -> Generator[None]:
    """One at a time on this machine."""
    RUN.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (RUN / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def podman(
    *words: str, stdin: bytes | IO[bytes] = b"", check: bool = True, timeout: float = 240, long: bool = False
) -> bytes:
    """What a podman command prints. Raises LabError with its complaint where it fails."""
    KEPT.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [*_inside(), *_podman(), *words]
    name = f"podman {words[0]}"
    return child.run(command, stdin, timeout=timeout, check=check, long=long, name=name).stdout


def exec_in(container: str, command: str, *arguments: str) -> list[str]:
    """The words that run a line of sh as root in a container; the arguments are its $1, $2 and so on."""
    return [*_inside(), *_podman(), "exec", "-i", container, "sh", "-c", command, "sh", *arguments]


def _podman() -> list[str]:
    return [
        *("podman", "--root", str(KEPT / "storage"), "--runroot", str(RUN / "podman")),
        *("--network-config-dir", str(KEPT / "networks"), "--tmpdir", str(RUN / "tmp")),
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
    child.run(words, timeout=60)
