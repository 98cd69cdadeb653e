"""Follows what converge notes on hosts of this machine while a play runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from aiotctl.agents.converge.progress import PROGRESS
from aiotctl.backends.hosts import HostProgress, HostRun


class LocalProgress:
    """The progress files of those hosts of a batch whose roots are on this machine."""

    def __init__(self, batch: Sequence[HostRun]) -> None:
        local = [host for host in batch if host.connection.get("ansible_connection") == "local"]
        self._files = {host.address: Path(str(host.manifest["root"]), PROGRESS) for host in local}
        self._read = dict.fromkeys(self._files, 0)
        for path in self._files.values():
            with contextlib.suppress(OSError):
                path.unlink()  # of an earlier run

    def news(self) -> Iterator[HostProgress]:
        """What was noted since the last call; only whole lines."""
        for address, path in self._files.items():
            with contextlib.suppress(OSError), path.open("rb") as file:
                file.seek(self._read[address])
                lines, end, _ = file.read().rpartition(b"\n")
                self._read[address] += len(lines + end)
                for line in lines.decode(errors="replace").splitlines():
                    yield HostProgress(address, line)
