"""What is on each host: ten files that are the same everywhere, eight that name the host, two services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

SERVICES = ("reporter", "keeper")
"""Each reads ``etc/services/NAME.json`` and starts anew when that changed."""

CHANGING = "etc/services/reporter.json"
"""The file that another revision of the shop changes, on every host."""

WORKER = """\
# Stands for an application of the line: reads its settings and stays.
import json
import signal
import sys

with open(sys.argv[1]) as settings:
    json.load(settings)
signal.pause()
"""

TABLES = ("press", "oven", "robot", "conveyor", "compressor")
COPIED: Mapping[str, str] = {
    "bin/worker.py": WORKER,
    "bin/look.sh": "#!/bin/sh\n# What an operator asks first.\nuptime\ndf -h /\n",
    "etc/units.csv": "quantity,unit\n" + "".join(f"quantity_{n},unit_{n}\n" for n in range(60)),
    "etc/alarms.csv": "name,low,high,delay_s\n" + "".join(f"alarm_{n},{n},{n + 50},5\n" for n in range(60)),
    "etc/rotate.conf": "weekly\nrotate 8\ncompress\nmissingok\n",
    **{
        f"etc/registers/{table}.csv": "register,type,scale\n"
        + "".join(f"{table}_{n},uint16,0.{n % 9 + 1}\n" for n in range(60))
        for table in TABLES
    },
}
"""Path to content of the files that are the same on every host."""

_NAMES = ("site", "collector", "uplink", "buffer", "press", "oven")
TEMPLATES: Mapping[str, str] = {
    **{
        f"etc/{name}.ini": f"[{name}]\nhost = {{{{ gateway }}}}\n"
        + "".join(f"setting_{n} = {name}-{n}\n" for n in range(40))
        for name in _NAMES
    },
    **{
        f"etc/services/{name}.json": json.dumps(
            {
                "service": name,
                "host": "{{ gateway }}",
                "revision": "{{ revision }}" if f"etc/services/{name}.json" == CHANGING else "1",
                "settings": {f"setting_{n}": n for n in range(40)},
            },
            indent=1,
        )
        + "\n"
        for name in SERVICES
    },
}
"""Path to Jinja2 template of the files that name the host, by the variables ``gateway`` and ``revision``."""


def filled_in(template: str, host: str, revision: int) -> str:
    """A template's text for one host, as Jinja2 makes it."""
    return template.replace("{{ gateway }}", host).replace("{{ revision }}", str(revision))


def files(host: str, revision: int) -> dict[str, str]:
    """Path to content of all eighteen files of a host."""
    return {**COPIED, **{path: filled_in(text, host, revision) for path, text in TEMPLATES.items()}}


def write_files(folder: Path, contents: Mapping[str, str]) -> None:
    """Writes files below a folder as the shop wants them (0600)."""
    for path, text in contents.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        place.chmod(0o600)
