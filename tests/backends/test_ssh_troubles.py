"""What OpenSSH says, in its own words, and what that means."""

from __future__ import annotations

import pytest

from aiotctl.backends.ssh_troubles import Trouble, failed, was_dropped

CHANGED = """@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Host key for 10.0.0.7 has changed and you have requested strict checking.
Host key verification failed.
"""
UNKNOWN = """No ED25519 host key is known for h and you have requested strict checking.
Host key verification failed.
"""
JUMP = """Permission denied, please try again.
a@jump: Permission denied (publickey,password).
kex_exchange_identification: Connection closed by remote host
"""


@pytest.mark.parametrize(
    ("said", "trouble", "detail"),
    [
        (CHANGED, Trouble.HOST_KEY_CHANGED, "Host key for 10.0.0.7 has changed"),
        (
            UNKNOWN,
            Trouble.HOST_KEY_UNKNOWN,
            "No ED25519 host key is known for h",
        ),
        ("Host key verification failed.", Trouble.HOST_KEY_UNKNOWN, "Host key verification failed."),
        (
            "a@h: Permission denied (publickey).",
            Trouble.AUTHENTICATION,
            "a@h: Permission denied (publickey).",
        ),
        (
            JUMP,
            Trouble.AUTHENTICATION,
            "a@jump: Permission denied (publickey,password).",
        ),
        ("Received disconnect: Too many authentication failures", Trouble.AUTHENTICATION, "Received"),
        (
            "ssh: connect to host h port 22: Connection timed out",
            Trouble.UNREACHABLE,
            "ssh: connect to host h port 22",
        ),
        (
            "ssh: Could not resolve hostname h: Name or service not known",
            Trouble.UNREACHABLE,
            "ssh: Could not",
        ),
        ("c: line 1: Bad configuration option: x\nc: terminating, 1 bad", Trouble.SETTINGS, "c: line 1: Bad"),
        ("", Trouble.UNREACHABLE, "ssh ended without a word"),
        ("\x1b[2Jgone\x07", Trouble.UNREACHABLE, "[2Jgone"),
    ],
)
def test_the_kind_of_trouble(said: str, trouble: Trouble, detail: str) -> None:
    found = failed(said)
    assert found.trouble is trouble
    assert found.detail.startswith(detail)


def test_a_server_that_hangs_up_early_is_worth_another_try() -> None:
    assert was_dropped(failed("kex_exchange_identification: Connection closed by remote host"))
    assert not was_dropped(failed("ssh: connect to host h port 22: Connection refused"))
