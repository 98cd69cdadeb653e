"""Rights and passwords as Mosquitto's files. Both are read line by line, so no name may break a line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from aiotctl.catalog.brokers.mosquitto.lines import word
from aiotctl.model import names
from aiotctl.model.primitives import Part, Quoting, Right, SecretRef, Text


def access_file(rights: Iterable[Right]) -> str:
    """The ACL file. What is not listed is refused; a client without a line may do nothing."""
    return "".join(line for right in rights for line in _client(right))


def _client(right: Right) -> Iterable[str]:
    yield f"user {word(names.common_name(right.client))}\n"
    for topic in right.publish:
        yield f"topic write {topic_filter(topic)}\n"
    for topic in right.subscribe:
        yield f"topic read {topic_filter(topic)}\n"


def topic_filter(text: str) -> str:
    """A topic filter as an ACL line can hold it: no control characters, no blanks at its ends, not longer
    than MQTT allows. ``topic`` lines know no placeholders, so ``%`` means itself.
    """
    if not text or text != text.strip() or _CONTROL.search(text) or len(text.encode()) > LONGEST_TOPIC:
        raise ValueError(f"{text!r} cannot be said in an ACL file")
    return text


LONGEST_TOPIC = 65_535
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def password_file(clients: Iterable[str]) -> Text:
    """A line for each client that comes with a password: the hash of the vault's secret."""
    parts: list[Part] = []
    for client in clients:
        parts += [f"{word(client)}:", SecretRef(names.broker_secret(client), Quoting.MOSQUITTO), "\n"]
    return tuple(parts)
