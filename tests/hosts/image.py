"""The machines' image: built once by debootstrap, kept under a digest of its recipe."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.hosts.space import cache, lock, podman

CLERK_PASSWORD = "only for machines that live an hour"

_NAME = "localhost/aiotctl-host"
_MIRROR = "http://deb.debian.org/debian"
_SECURITY = "http://deb.debian.org/debian-security"
_INSTALLED = "systemd,systemd-sysv,dbus,openssh-server,python3,python3-apt,sudo,iproute2,ca-certificates"
_IN_CACHE = "mosquitto mosquitto-clients postgresql-15 postgresql-15-partman nftables systemd-timesyncd acl"
_PREPARE = f"""
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
cat >/etc/apt/sources.list <<SOURCES
deb {_MIRROR} bookworm main
deb {_MIRROR} bookworm-updates main
deb {_SECURITY} bookworm-security main
SOURCES
apt-get -qq update
apt-get -qq --yes dist-upgrade
apt-get -qq install --yes --download-only --no-install-recommends {_IN_CACHE}
for user in ops clerk guest; do
  useradd --create-home --shell /bin/bash $user
  install -d -m 0700 -o $user -g $user /home/$user/.ssh
done
echo "clerk:{CLERK_PASSWORD}" | chpasswd
echo "ops ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/ops
echo "clerk ALL=(ALL) ALL" >/etc/sudoers.d/clerk
chmod 0440 /etc/sudoers.d/*
printf 'UseDNS no\\nMaxStartups 100:30:200\\nMaxSessions 50\\n' >/etc/ssh/sshd_config.d/rig.conf
rm -f /etc/ssh/ssh_host_* /etc/machine-id /etc/hostname
systemctl mask getty.target console-getty.service systemd-logind.service apt-daily.timer \\
  apt-daily-upgrade.timer
"""


def image() -> str:
    """The image's name; builds it first where it is not there."""
    name = f"{_NAME}:{_digest()}"
    with lock("image"):
        if name not in _images():
            _build(name)
            for old in _images() - {name}:
                podman("rmi", old, check=False)
    return name


def _digest() -> str:
    recipe = "\n".join((_MIRROR, _INSTALLED, _PREPARE))
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def _images() -> set[str]:
    listed = podman("images", "--format", "{{.Repository}}:{{.Tag}}", f"--filter=reference={_NAME}")
    return set(listed.decode().split())


def _build(name: str) -> None:
    print(f"building the image of the test hosts (about two minutes, once): {name}", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=cache(), prefix="building-") as folder:
        tree = Path(folder, "tree")
        _run("debootstrap", "--variant=minbase", f"--include={_INSTALLED}", "bookworm", str(tree), _MIRROR)
        _own_apt_settings(tree)
        _run("chroot", str(tree), "sh", "-c", _PREPARE)
        archive = subprocess.Popen(["tar", "-C", str(tree), "-c", "."], stdout=subprocess.PIPE)
        podman("import", "--quiet", "--change", 'CMD ["/sbin/init"]', "-", name, stdin=archive.stdout or b"")
        if archive.wait():
            raise RuntimeError("the image could not be packed")


def _own_apt_settings(tree: Path) -> None:
    """How this machine reaches its mirror (a proxy, a frozen snapshot) holds for its containers too."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout
    kept = ("Acquire::http", "Acquire::https", "Acquire::Check-")
    lines = [line for line in dump.splitlines() if line.startswith(kept)]
    (tree / "etc/apt/apt.conf.d/90rig").write_text("\n".join(lines) + "\n")


def _run(*words: str) -> None:
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(words, capture_output=True, text=True, timeout=540, env=environment)
    if done.returncode:
        raise RuntimeError(f"{words[0]}: {done.stdout[-2000:]}\n{done.stderr[-2000:]}")
