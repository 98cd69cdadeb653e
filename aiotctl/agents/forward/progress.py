"""How far the journal has been delivered, and what had to go: a small file beside it."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from pathlib import Path

REPLAY_S = 30.0
"""The hub's broker writes to its disk every few seconds; what it acknowledged so shortly before it was killed
may be gone. So after a new connection this much is sent again. The database keeps each value once.
"""

REPLAYS = 3
"""A message is sent again by so many connections at most, or a line that breaks all the time would never come
further.
"""


class Progress:
    """``acked``: number of the first message that the hub has not acknowledged."""

    def __init__(self, file: Path) -> None:
        self._file = file
        known = _read(file)
        self.acked = int(known.get("acked", 0))
        self.dropped_messages = int(known.get("dropped_messages", 0))
        self.dropped_values = int(known.get("dropped_values", 0))
        self._recent: deque[tuple[float, int]] = deque()
        self._safe = int(known.get("safe", self.acked))
        self._begun: deque[int] = deque(maxlen=REPLAYS)
        self._saved = ""

    def fit(self, first: int, end: int) -> None:
        """Within the journal that is there: from its oldest record to the one after its last."""
        self.acked = min(max(self.acked, first), end)
        self._safe = min(max(self._safe, first), self.acked)

    def begin(self) -> int:
        """A new connection: the number of the first message to send."""
        oldest = self._begun[0] if len(self._begun) == REPLAYS else 0
        start = max(self.safe(), oldest)
        self._begun.append(self.acked)
        return start

    def acknowledged(self, before: int) -> None:
        """The hub has acknowledged all messages before this number."""
        if before > self.acked:
            self.acked = before
            self._recent.append((time.monotonic(), before))

    def safe(self) -> int:
        """All messages before this number are on the hub's disk as well."""
        limit = time.monotonic() - REPLAY_S
        while self._recent and self._recent[0][0] < limit:
            self._safe = self._recent.popleft()[1]
        return min(self._safe, self.acked)

    def dropped(self, messages: int, values: int, before: int) -> None:
        """Messages that had to go without being delivered; all before this number are gone."""
        self.dropped_messages += messages
        self.dropped_values += values
        self.acked = max(self.acked, before)
        self._safe = max(self._safe, before)

    def arrived(self, values: int) -> None:
        """A message that had to go was on its way to the hub, and came there."""
        self.dropped_messages -= 1
        self.dropped_values -= values

    def save(self, **held: int) -> None:
        """Writes the file, where anything changed; ``held`` is told to whoever reads it."""
        tree = {
            "acked": self.acked,
            "safe": self.safe(),
            "dropped_messages": self.dropped_messages,
            "dropped_values": self.dropped_values,
            **held,
        }
        text = json.dumps(tree) + "\n"
        if text == self._saved:
            return
        unfinished = self._file.with_suffix(".new")
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._file)
        self._saved = text


def _read(file: Path) -> dict[str, int]:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
