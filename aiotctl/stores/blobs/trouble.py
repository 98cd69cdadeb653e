"""What a bucket's server or the network says, as an error for the user.

obstore tells kinds apart for some requests and gives a text for all; the text also holds the whole answer and
the request, of which only the server's own code and sentence are shown.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Protocol

from aiotctl.errors import AiotctlError, failure

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,80})</Code>")
_MESSAGE = re.compile(r"<Message>([^<]{1,300})</Message>")
_BUCKET_CODES = ("NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted")
_REGION_CODES = ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException")
_FULL_CODES = ("QuotaExceeded", "XMinioStorageFull", "InsufficientStorage")
_NETWORK = {
    "dns error": "its name cannot be resolved",
    "Connection refused": "nothing listens there",
    "invalid peer certificate": "its certificate is not one that is trusted here",
    "TimedOut": "it did not answer in time",
    "kind: Timeout": "it did not answer in time",
    "error sending request": "the connection failed",
    "kind: Connect": "the connection failed",
    "IncompleteMessage": "the connection was cut",
    "ConnectionReset": "the connection was cut",
}
_INSTANCE = ("169.254.169.254", "169.254.170.", "metadata.google.internal", "metadata/identity")


class Names(Protocol):
    """How a cloud names what the user has to look at."""

    @property
    def credentials(self) -> str:
        """Where credentials are taken from."""
        ...

    @property
    def endpoint(self) -> str:
        """What the requests go to."""
        ...


def is_bucket_missing(error: Exception) -> bool:
    """Whether the bucket is what was not found, and not an object in it."""
    return _code(str(error)) in _BUCKET_CODES


def is_network(error: Exception) -> bool:
    """Whether no answer came at all, so that nobody knows whether a write was made."""
    return _STATUS.search(str(error)) is None and any(mark in str(error) for mark in _NETWORK)


def of(error: Exception, name: str, bucket: str, names: Names) -> AiotctlError:
    """The error for the user; ``name`` is the URL of what was asked for."""
    text = str(error)
    status = found[1] if (found := _STATUS.search(text)) else ""
    code, said = _code(text), f"{name}: {_said(text, status)}"
    if code in _BUCKET_CODES:
        return _missing(said, bucket)
    if code in _REGION_CODES or status == "301":
        return _elsewhere(said, bucket)
    if any(place in text for place in _INSTANCE):
        return _nobody(name, names)
    if status == "507" or code in _FULL_CODES:
        return _full(said, bucket)
    if status in ("401", "403"):
        return _refused(said, bucket, names)
    network = next((words for mark, words in _NETWORK.items() if mark in text), "")
    if network and not status:
        return _unreachable(f"{name}, at {names.endpoint}: {network}")
    return failure(
        "store-unusable",
        "An environment's state cannot be read or written",
        f"{said}. What was there before is untouched.",
        f"See what is wrong with `{bucket}`, then run the command again.",
    )


def _missing(said: str, bucket: str) -> AiotctlError:
    return failure(
        "bucket-missing",
        "The bucket of an environment's state is not there",
        f"{said}.",
        f"Make the bucket `{bucket}`, or mend the URL in `state`. aiotctl makes none: it is yours to say "
        "where it lies and who may read it.",
    )


def _elsewhere(said: str, bucket: str) -> AiotctlError:
    return failure(
        "bucket-region",
        "The bucket of an environment's state lies in another region",
        f"{said}.",
        f"Say where `{bucket}` lies, at the end of the URL in `state`: `?region=REGION`.",
    )


def _nobody(name: str, names: Names) -> AiotctlError:
    return failure(
        "store-credentials",
        "There are no credentials for the bucket of an environment's state",
        f"{name}: none are in the environment, and this machine has no identity of its own in the cloud.",
        f"Credentials are taken from {names.credentials}.",
    )


def _refused(said: str, bucket: str, names: Names) -> AiotctlError:
    return failure(
        "store-refused",
        "The bucket of an environment's state refuses these credentials",
        f"{said}. Nothing was changed.",
        f"Credentials are taken from {names.credentials}. They must allow to read, write, list and delete "
        f"objects of `{bucket}`, and this machine's clock must be right.",
    )


def _full(said: str, bucket: str) -> AiotctlError:
    return failure(
        "store-full",
        "There is no room to write an environment's state",
        f"{said}. What was there before is untouched.",
        f"Free some room in `{bucket}` or raise its quota, then run the command again.",
    )


def _unreachable(said: str) -> AiotctlError:
    return failure(
        "store-unreachable",
        "The bucket of an environment's state cannot be reached",
        f"{said}. What was there before is whole; a write under way was made or was not.",
        "See whether the network and that address are right, then run the command again: it begins by "
        "looking at what is there.",
    )


def _code(text: str) -> str:
    return found[1] if (found := _CODE.search(text)) else ""


def _said(text: str, status: str) -> str:
    """The server's own code and sentence, or what there is of them."""
    message = " ".join(unescape(found[1]).split()).rstrip(".") if (found := _MESSAGE.search(text)) else ""
    code = _code(text) or (f"status {status}" if status else "an answer that is not understood")
    return f"{code}, {message}" if message else code
