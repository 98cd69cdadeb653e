"""An apply without a change on the laptop: every file, process and port probed, and no Ansible started."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benches.measure import AIOTCTL, Row, seconds
from benches.watching import watched


def rows(folder: Path, full: bool) -> Iterator[Row]:
    """Measures on the press shop, applied for this bench and destroyed afterwards."""
    with applied(folder) as project:
        with watched() as seen:
            elapsed = seconds([*AIOTCTL, "apply", "--yes", "--project", str(project)], times=5)
        if seen:
            raise RuntimeError(f"an apply without a change started Ansible: {seen}")
        _check_it_probes(project)
        yield Row("noop_apply_s", "apply without a change, all probed, s", elapsed, at_most=1.0)


@contextmanager
def applied(folder: Path, template: str = "press-shop") -> Iterator[Path]:
    """A project of a template whose only environment runs until the end."""
    project = folder / template
    _run("init", template, str(project), "--defaults")
    try:
        _run("apply", "--yes", "--project", str(project))
        yield project
    finally:
        _run("destroy", "--purge-data", "--yes", "--project", str(project))


def _check_it_probes(project: Path) -> None:
    """An apply that says "no change" counts only if it would have seen one: a file is altered, and it must
    tell.
    """
    root = next(Path(line) for line in _files() if line.endswith("etc/telegraf.conf"))
    root.write_text(root.read_text() + "\n# altered\n")
    told = _run("plan", "--refresh", "--project", str(project))
    if "etc/telegraf.conf" not in told:
        raise RuntimeError(f"an altered file was not noticed: {told}")


def _files() -> Iterator[str]:
    """Configuration files of the running collectors, from their command lines."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        yield from (word for word in words if word.endswith(".conf"))


def _run(*words: str) -> str:
    done = subprocess.run([*AIOTCTL, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(
            f"aiotctl {' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}"
        )
    return done.stdout
