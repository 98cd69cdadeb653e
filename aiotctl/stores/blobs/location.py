"""What the URL of a bucket says: its name, a prefix in it, and where it is. Never who one is."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from aiotctl.errors import AiotctlError, Exit, failure

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SEGMENT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]+")
_TRUE = ("true", "1", "t")


@dataclass(frozen=True, slots=True)
class Location:
    """``prefix`` is empty or ends with ``/``; ``options`` are the URL's parameters, all of them known."""

    scheme: str
    bucket: str
    prefix: str
    options: Mapping[str, str]

    @property
    def url(self) -> str:
        """The URL without its parameters."""
        return f"{self.scheme}://{self.bucket}/{self.prefix}".rstrip("/")

    def flag(self, name: str) -> bool:
        """Whether a parameter is there and true."""
        return self.options.get(name, "").lower() in _TRUE


def location_of(url: str, known: Collection[str]) -> Location:
    """What the URL says; raises AiotctlError where it says what it must not. ``known``: its parameters."""
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise _wrong(
            "It holds credentials.",  # which are not repeated here
            "Leave them out of the URL, and give them as the cloud's own tools take them (environment "
            "variables, profiles, roles).",
        )
    scheme = parts.scheme.lower()
    segments = [segment for segment in parts.path.split("/") if segment]
    if not _BUCKET.fullmatch(parts.netloc) or not all(_SEGMENT.fullmatch(one) for one in segments):
        raise _wrong(
            "The name of a bucket is missing, or a name in it has other characters than letters, digits, "
            "`.`, `_` and `-`.",
            f"Write `{scheme}://BUCKET/SOME/PREFIX`.",
        )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - set(known))
    if unknown or parts.fragment:
        raise _wrong(
            f"It has parameters that are not known: {', '.join(unknown) or '#'}.",
            f"Those that are known: {', '.join(sorted(known)) or 'none'}.",
        )
    return Location(scheme, parts.netloc, "".join(f"{segment}/" for segment in segments), options)


def _wrong(why: str, remedy: str) -> AiotctlError:
    return failure(
        "state-url", "The URL of an environment's `state` cannot be used", why, remedy, Exit.INVALID
    )
