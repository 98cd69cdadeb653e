"""What kept a machine from answering, as a finding for people."""

from __future__ import annotations

from aiotctl.backends.ssh_troubles import Failed, Trouble
from aiotctl.diagnostics import Diagnostic
from aiotctl.errors import AiotctlError, Exit
from aiotctl.model.blueprint import HostPlace

_CODES = {
    Trouble.UNREACHABLE: ("host-unreachable", "A host cannot be reached"),
    Trouble.HOST_KEY_UNKNOWN: ("host-key-unknown", "A host's key is not known"),
    Trouble.HOST_KEY_CHANGED: ("host-key-changed", "A host shows another key than the known one"),
    Trouble.AUTHENTICATION: ("host-login", "A host does not let this user in"),
    Trouble.TIMEOUT: ("host-timeout", "A host did not answer in time"),
    Trouble.SUDO_NEEDS_PASSWORD: ("host-sudo-password", "sudo asks for a password"),
    Trouble.SUDO_REFUSED: ("host-sudo-refused", "sudo refuses"),
    Trouble.SETTINGS: ("ssh-settings", "ssh does not understand its settings"),
    Trouble.OUTPUT: ("host-output", "A host says more than is listened to"),
}


def unit(place: HostPlace) -> str:
    """The address of the unit that is this machine's."""
    return f"host/{place.name}"


def finding(place: HostPlace, failed: Failed) -> Diagnostic:
    """The finding about one host."""
    code, summary = _CODES[failed.trouble]
    detail = f"{unit(place)} at {place.address}: {failed.detail.rstrip('.')}."
    return Diagnostic(code, summary, detail, _remedy(place, failed), address=unit(place))


def refusal(place: HostPlace, failed: Failed) -> AiotctlError:
    """The same as an error that ends a command."""
    unreachable = failed.trouble in (Trouble.UNREACHABLE, Trouble.TIMEOUT)
    return AiotctlError([finding(place, failed)], Exit.UNREACHABLE if unreachable else Exit.ERROR)


def _remedy(place: HostPlace, failed: Failed) -> str:
    port = f"-p {place.port} " if place.port else ""
    login = f"{place.user}@{place.address}" if place.user else place.address
    dial = f"ssh {port}{login}"
    found = {
        Trouble.UNREACHABLE: f"Is it on, and is the address right? Try: {dial}",
        Trouble.HOST_KEY_UNKNOWN: (
            f"Log in once and compare the key's fingerprint with what the machine's console shows: {dial}"
        ),
        Trouble.HOST_KEY_CHANGED: (
            "If the machine was installed anew, remove the old key and compare the new one's fingerprint: "
            f"ssh-keygen -R {_known_as(place)}. If it was not, somebody may be in between: do not go on."
        ),
        Trouble.AUTHENTICATION: (
            f"Name the user and key under the environment's hosts, or load the key: ssh-add. Try: {dial}"
        ),
        Trouble.TIMEOUT: f"Look whether the machine hangs or its line is slow: {dial} uptime",
        Trouble.SUDO_NEEDS_PASSWORD: (
            f"Give it as become_password: {{secret: NAME}} of host {place.name}, or let sudo ask for none."
        ),
        Trouble.SUDO_REFUSED: (
            f"Try: {dial} -t sudo -v. The user must be in sudoers, and become_password, if given, be right."
        ),
        Trouble.SETTINGS: f"Mend the ssh_config that is used; ssh shows what it reads: ssh -G {login}",
        Trouble.OUTPUT: f"Look what logging in prints: {dial} true",
    }
    return found[failed.trouble]


def _known_as(place: HostPlace) -> str:
    return f"'[{place.address}]:{place.port}'" if place.port not in (0, 22) else place.address
