"""What a machine does at its first boot, as cloud-init reads it: who may log in, and which host key it shows.

The private host key is a secret of the stack: where these texts go, they go as secrets.
"""

from __future__ import annotations

import json

from stacks.contract.arguments import Machine

HEADER = "#cloud-config\n"


def cloud_config(machine: Machine, host_key: str) -> str:
    """cloud-init's user data. ``host_key``: the private key, OpenSSH. No other host key is made, so that
    none has to be trusted on first use; nobody logs in with a password.
    """
    return HEADER + json.dumps(  # JSON is YAML, and quotes whatever stands in it
        {
            "hostname": machine.name,
            "preserve_hostname": False,
            "ssh_deletekeys": True,
            "ssh_genkeytypes": [],
            "ssh_keys": {"ed25519_private": _ended(host_key), "ed25519_public": _ended(machine.host_key)},
            "ssh_pwauth": False,
            "disable_root": True,
            "users": [
                {
                    "name": machine.login,
                    "shell": "/bin/bash",
                    "lock_passwd": True,
                    "sudo": "ALL=(ALL) NOPASSWD:ALL",
                    "ssh_authorized_keys": [machine.login_key],
                }
            ],
        },
        sort_keys=True,
    )


def _ended(key: str) -> str:
    """With the line's end without which OpenSSH does not read a private key."""
    return key.rstrip("\n") + "\n"
