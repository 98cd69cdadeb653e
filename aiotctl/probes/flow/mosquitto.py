"""Who is connected to a Mosquitto, read from its open connections and from its log."""

from __future__ import annotations

import re

from aiotctl.probes.flow.broker import BrokerState

_CAME = re.compile(r"New client connected from (\S+) as .*, u'(?P<user>[^']*)'\)\.?$")
_REFUSED = re.compile(r"Client (?P<client>.+) disconnected, not authorised\.$")
_STAMP = re.compile(r"^\d+: ")


def state(text: str) -> BrokerState:
    """The state from `ss` lines, an empty line, and log lines. A user counts as connected as long as one of
    the connections it came by is open; without the line of its coming in the log, nobody can say whose an
    open connection is.
    """
    connections, _, log = text.partition("\n\n") if not text.startswith("\n") else ("", "", text)
    open_ends = {_end(line.split()[-1]) for line in connections.splitlines() if line.split()}
    owners: dict[str, str] = {}
    refused: dict[str, str] = {}
    for line in log.splitlines():
        if came := _CAME.search(line):
            owners[_end(came[1])] = came["user"]
        elif no := _REFUSED.search(line):
            refused[no["client"]] = _STAMP.sub("", line)
    users = frozenset(owners[end] for end in open_ends if end in owners)
    return BrokerState(users, 0, not open_ends - owners.keys(), refused)


def _end(text: str) -> str:
    """One end of a connection, written one way by both."""
    address, _, port = text.rpartition(":")
    return f"{address.strip('[]').removeprefix('::ffff:')}:{port}"
