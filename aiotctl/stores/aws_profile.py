"""Credentials and region of a profile in the files of the ``aws`` tool, where the environment gives none.

Fixed keys only: what a profile obtains from elsewhere (single sign-on, an assumed role, a program) is brought
into the environment by ``aws configure export-credentials``.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

_KEYS = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
}
_ROLES = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


def of_profile(profile: str = "", environ: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """What the profile gives (``access_key_id``, ``secret_access_key``, ``session_token``, ``region``).

    Keys only where the environment has none of its own and names no role; an explicit ``profile`` goes first.
    """
    name = profile or environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or "default"
    home = Path(environ.get("HOME") or "/nonexistent") / ".aws"
    keys = _section(Path(environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials"), name)
    title = name if name == "default" else f"profile {name}"
    settings = _section(Path(environ.get("AWS_CONFIG_FILE") or home / "config"), title)
    found: dict[str, str] = {}
    if "region" in settings and not (environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")):
        found["region"] = settings["region"]
    own = environ.get("AWS_ACCESS_KEY_ID") or any(environ.get(one) for one in _ROLES)
    if profile or not own:
        given = {**settings, **keys}
        found |= {ours: given[theirs] for theirs, ours in _KEYS.items() if theirs in given}
    return found


def _section(path: Path, name: str) -> Mapping[str, str]:
    parser = configparser.RawConfigParser(default_section="\0none", strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError):
        return {}  # not ours to judge: what is missing is told when the bucket refuses
    return dict(parser[name]) if parser.has_section(name) else {}
