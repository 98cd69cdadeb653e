"""The machines' images: each built once and kept under a digest of its recipe.

The base comes from a registry where one is reachable, and from debootstrap otherwise.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from stacks.lab.machines import child
from stacks.lab.machines.archive import File, archive
from stacks.lab.machines.failure import CancelledError, LabError
from stacks.lab.machines.space import KEPT, LIMITS, lock, podman

_NAME = "localhost/aiotctl-lab"
_PULLED = "docker.io/library/debian:bookworm-slim"
_PULL_S = 90.0
_MIRROR = "http://deb.debian.org/debian"
_SECURITY = "http://deb.debian.org/debian-security"
_INSTALLED = "systemd,systemd-sysv,dbus,openssh-server,python3,python3-apt,sudo,iproute2,ca-certificates"
_IN_CACHE = "mosquitto mosquitto-clients postgresql-15 postgresql-15-partman nftables systemd-timesyncd acl"
_SETTINGS = "etc/apt/apt.conf.d/90lab"
_PREPARE = f"""
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
rm -f /etc/apt/sources.list.d/debian.sources /etc/apt/apt.conf.d/docker-* /usr/sbin/policy-rc.d
cat >/etc/apt/sources.list <<SOURCES
deb {_MIRROR} bookworm main
deb {_MIRROR} bookworm-updates main
deb {_SECURITY} bookworm-security main
SOURCES
apt-get -qq update
apt-get -qq --yes dist-upgrade
apt-get -qq install --yes --no-install-recommends {_INSTALLED.replace(",", " ")}
apt-get -qq install --yes --download-only --no-install-recommends {_IN_CACHE}
useradd --create-home --shell /bin/bash ops
printf 'UseDNS no\\nMaxStartups 100:30:200\\nMaxSessions 50\\n' >/etc/ssh/sshd_config.d/lab.conf
rm -f /etc/ssh/ssh_host_* /etc/machine-id /etc/hostname
systemctl mask getty.target console-getty.service systemd-logind.service apt-daily.timer \\
  apt-daily-upgrade.timer
"""


def image(tell: Callable[[str], None] = print) -> str:
    """The name of the machines' image; builds it first where it is not there, and tells of that."""
    recipe = "\n".join((_MIRROR, _INSTALLED, _PREPARE))

    def build(name: str) -> None:
        tell(f"building the image of the lab's machines (about two minutes, once): {name}")
        _build(name)

    return _ready(_NAME, recipe, build)


def derived(purpose: str, script: str, tell: Callable[[str], None] = print) -> str:
    """The name of an image that is the machines' one after a script of sh, run as root without a network."""
    base = image(tell)

    def build(name: str) -> None:
        _run_and_commit(base, name, script, "none")

    return _ready(f"{_NAME}-{purpose}", f"{base}\n{script}", build)


def _ready(repository: str, recipe: str, build: Callable[[str], None]) -> str:
    name = f"{repository}:{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    with lock("image"):
        if name not in _images(repository):
            build(name)
            for old in _images(repository) - {name}:
                podman("rmi", old, check=False)
    return name


def _images(repository: str) -> set[str]:
    listed = podman("images", "--format", "{{.Repository}}:{{.Tag}}", f"--filter=reference={repository}")
    return set(listed.decode().split())


def _build(name: str) -> None:
    if _is_pulled():
        _run_and_commit(_PULLED, name, _PREPARE, "host")
    else:
        _build_from_mirror(name)


def _is_pulled() -> bool:
    try:
        podman("pull", "--quiet", _PULLED, long=True, timeout=_PULL_S)
    except CancelledError:
        raise
    except LabError:
        return False
    return True


def _build_from_mirror(name: str) -> None:
    for left in KEPT.glob("building-*"):  # of a build that was killed
        child.run(["umount", "--recursive", str(left / "tree/proc")], timeout=30, check=False)
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=KEPT, prefix="building-") as folder:
        tree = Path(folder, "tree")
        _long("debootstrap", "--variant=minbase", f"--include={_INSTALLED}", "bookworm", str(tree), _MIRROR)
        (tree / _SETTINGS).write_bytes(_apt_settings())
        _long("chroot", str(tree), "sh", "-c", _PREPARE)
        packed = Path(folder, "tree.tar")
        _long("tar", "-C", str(tree), "-cf", str(packed), ".")
        podman("import", "--quiet", "--change", 'CMD ["/sbin/init"]', str(packed), name, long=True)


def _run_and_commit(base: str, name: str, script: str, network: str) -> None:
    """A new image from what a script made of another one."""
    container = f"building-{name.rpartition('/')[2].replace(':', '-')}"
    podman("rm", "--force", "--time", "0", container, check=False)
    try:
        where = ("--name", container, "--network", network, "--privileged")
        podman("create", *where, *LIMITS, base, "sh", "-c", script)
        podman("cp", "-", f"{container}:/", stdin=archive({_SETTINGS: File(_apt_settings())}))
        podman("start", "--attach", container, long=True, timeout=540)
        podman("commit", "--quiet", "--change", 'CMD ["/sbin/init"]', container, name, long=True)
    finally:
        podman("rm", "--force", "--time", "0", container, check=False)


def _apt_settings() -> bytes:
    """How this machine reaches its mirror (a proxy, a frozen snapshot) holds for its containers too."""
    dump = child.run(["apt-config", "dump"], timeout=30, check=False).stdout.decode()
    kept = ("Acquire::http", "Acquire::https", "Acquire::Check-")
    return ("\n".join(line for line in dump.splitlines() if line.startswith(kept)) + "\n").encode()


def _long(*words: str) -> None:
    child.run(words, timeout=540, long=True)
