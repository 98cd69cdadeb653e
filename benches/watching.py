"""Sees whether Ansible is started below this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

PERIOD_S = 0.02
"""How often it looks: no Ansible program ends sooner."""


@contextmanager
def watched() -> Generator[set[str]]:
    """Collects command lines of Ansible programs that are started below this process meanwhile."""
    seen: set[str] = set()
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(seen, done))
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def _watch(seen: set[str], done: threading.Event) -> None:
    while not done.wait(PERIOD_S):
        for process in Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if ("ansible-playbook" in line or "ansible-runner" in line) and _is_below(int(process.name)):
                    seen.add(line.strip())
            except OSError:
                continue


def _is_below(pid: int) -> bool:
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return False
