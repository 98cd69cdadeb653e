"""The image of the machines to test against: that of the lab's, with more accounts."""

from __future__ import annotations

from stacks.lab.machines.image import derived

CLERK_PASSWORD = "only for machines that live an hour"

_ACCOUNTS = f"""
set -eu
for user in clerk guest; do
  useradd --create-home --shell /bin/bash $user
done
for user in ops clerk guest; do
  install -d -m 0700 -o $user -g $user /home/$user/.ssh
done
echo "clerk:{CLERK_PASSWORD}" | chpasswd
echo "ops ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/ops
echo "clerk ALL=(ALL) ALL" >/etc/sudoers.d/clerk
chmod 0440 /etc/sudoers.d/*
"""


def image() -> str:
    """The image's name; builds it first where it is not there."""
    return derived("hosts", _ACCOUNTS)
