"""What a machine does at its first boot. Google's images of Debian have no cloud-init: this is a script."""

from __future__ import annotations

import base64
import shlex

from stacks.contract.arguments import Machine

SCRIPT = """#!/bin/sh
# Google's agent makes host keys at the first boot. The one that is known takes their place; nobody needs to
# trust another.
set -eu
done=/var/lib/aiotctl-first-boot
[ ! -e "$done" ] || exit 0
printf '[InstanceSetup]\\nset_host_keys = false\\n' >/etc/default/instance_configs.cfg.template
rm -f /etc/ssh/ssh_host_*
umask 077
echo {private} | base64 -d >/etc/ssh/ssh_host_ed25519_key
umask 022
echo {public} >/etc/ssh/ssh_host_ed25519_key.pub
id -u {login} >/dev/null 2>&1 || useradd --create-home --shell /bin/bash {login}
passwd --lock {login}
install -d -m 0700 -o {login} -g {login} /home/{login}/.ssh
echo {login_key} >/home/{login}/.ssh/authorized_keys
chown {login}: /home/{login}/.ssh/authorized_keys
chmod 0600 /home/{login}/.ssh/authorized_keys
echo {login}' ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/90-aiotctl
chmod 0440 /etc/sudoers.d/90-aiotctl
systemctl restart ssh
touch "$done"
"""


def script(machine: Machine, host_key: str) -> str:
    """The startup script. ``host_key``: the private key, OpenSSH; with it the script is a secret."""
    private = base64.b64encode((host_key.rstrip("\n") + "\n").encode()).decode()
    return SCRIPT.format(
        private=shlex.quote(private),
        public=shlex.quote(machine.host_key),
        login=shlex.quote(machine.login),
        login_key=shlex.quote(machine.login_key),
    )
