"""Becomes one service: supervisord runs `launch.py ROOT NAME`, which turns into the service's command.

What the service is comes from ROOT/run/NAME.json, so no value passes through a shell or through
supervisord's own configuration language. Standard library only, and no import of this package: the
file is copied to the host.

A service that keeps ending soon after its start waits longer each time, up to MAX_WAIT seconds, so
it neither burns a core nor is ever given up.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import resource
import signal
import sys
import time
from pathlib import Path

SOON = 10.0  # seconds: a run shorter than this counts as failed
FIRST_WAIT = 0.25  # seconds before the first repeated start
MAX_WAIT = 8.0  # seconds, the longest wait between two starts
OPEN_FILES = 65536  # as many as a service may have, where the host's own limit allows it


def next_wait(failures: int) -> float:
    """Seconds to wait before a start after so many short runs in a row."""
    return 0.0 if failures == 0 else float(min(MAX_WAIT, FIRST_WAIT * 2 ** (failures - 1)))


def wait_for_turn(path: Path) -> None:
    """Waits as the last starts demand, and notes this one."""
    failures, last = 0, 0.0
    with contextlib.suppress(OSError, ValueError), path.open(encoding="ascii") as file:
        failures, last = json.load(file)
    failures = failures + 1 if 0 <= time.time() - last < SOON + next_wait(failures) else 0
    time.sleep(next_wait(failures))
    with contextlib.suppress(OSError), path.open("w", encoding="ascii") as file:
        json.dump([failures, time.time()], file)


def become_user(name: str) -> None:
    """Gives up root for good; raises OSError when the system refuses."""
    user = pwd.getpwnam(name)
    os.initgroups(name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)


def main(root: str, name: str) -> None:
    """Waits its turn, then replaces this process by the service."""
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    with Path(root, "run", name + ".json").open(encoding="utf-8") as file:
        service = json.load(file)
    wait_for_turn(Path(root, "run", name + ".starts"))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.umask(0o077)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES if most < 0 else min(most, OPEN_FILES), most))
    if service["user"]:
        become_user(service["user"])
    os.chdir(service["directory"])
    os.execvpe(service["command"][0], service["command"], service["environment"])


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2])
    except (OSError, KeyError, ValueError) as error:
        # Into the service's own log, which is where people look.
        sys.exit(f"{sys.argv[2]} cannot start: {error}")
