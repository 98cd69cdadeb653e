"""lab:index:Machine: a Debian machine with sshd."""

from __future__ import annotations

from stacks.lab.machines.archive import File
from stacks.lab.machines.container import Container
from stacks.lab.machines.failure import LabError
from stacks.lab.machines.image import image
from stacks.lab.provider.boxed import Boxed
from stacks.lab.provider.inputs import MachineInputs
from stacks.lab.provider.kind import Tell
from stacks.lab.provider.values import Properties

_HOST_KEY = "etc/ssh/ssh_host_ed25519_key"
_SETTLE = """
set -eu
login=$1
id -u "$login" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$login"
printf '%s ALL=(ALL) NOPASSWD: ALL\\n' "$login" >/etc/sudoers.d/lab-login
chmod 0440 /etc/sudoers.d/lab-login
home=$(getent passwd "$login" | cut -d: -f6)
install -d -m 0700 -o "$login" -g "$login" "$home/.ssh"
install -m 0600 -o "$login" -g "$login" /dev/stdin "$home/.ssh/authorized_keys"
"""
_SHOWN_KEY = f"ssh-keygen -y -f /{_HOST_KEY}"


class Machine(Boxed[MachineInputs]):
    """A machine whose host key was given, and where one account may log in and become root."""

    kind = "machine"
    inputs = MachineInputs

    def image(self, tell: Tell) -> str:
        return image(tell)

    def fill(self, box: Container, inputs: MachineInputs) -> None:
        box.put({_HOST_KEY: _host_key(inputs)})

    def settle(self, box: Container, inputs: MachineInputs) -> None:
        wanted = _host_key(inputs)
        if box.read(_HOST_KEY) != wanted.content:
            box.put({_HOST_KEY: wanted})
            box.run("systemctl restart ssh")
        if box.run(_SHOWN_KEY).split()[:2] != inputs.host_public_key.split()[:2]:
            raise LabError(
                f"the host key of {inputs.name} does not fit its public half",
                f"Both come from the secret host_key/{inputs.name}: look whether it was exchanged.",
            )
        box.run(_SETTLE, inputs.login, stdin=f"{inputs.login_key.strip()}\n".encode())

    def told(self, box: Container, inputs: MachineInputs) -> Properties:
        return {}


def _host_key(inputs: MachineInputs) -> File:
    """OpenSSH refuses a key whose last line does not end."""
    return File(inputs.host_key.strip().encode() + b"\n", 0o600)
