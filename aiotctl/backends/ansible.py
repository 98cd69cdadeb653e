"""Runs hosts through Ansible: the play of playbooks/site.yml, in a process of its own.

What Ansible reads is explicit: an environment made here, a configuration file of ours, an inventory
and one 0600 manifest per host in a 0700 folder that is gone afterwards. Nobody's ansible.cfg and no
ANSIBLE_* variable of the caller has a say.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from aiotctl.agents.converge.procfs import Process
from aiotctl.agents.converge.stopping import stop_processes
from aiotctl.backends.ansible_events import Event, PlayReader, last_words
from aiotctl.backends.ansible_processes import freeze_play
from aiotctl.backends.ansible_progress import LocalProgress
from aiotctl.backends.ansible_project import inventory, write_archives, write_manifests
from aiotctl.backends.hosts import HostDone, HostEvent, HostFailed, HostRun, HostStarted, HostUnreachable
from aiotctl.backends.private_folder import private_folder
from aiotctl.shipped import shipped

MOST_FORKS = 20
SLICE = 500
"""Hosts a play gets at most: the start of a play grows faster than its number of hosts."""

_KEPT = ("HOME", "USER", "LOGNAME", "TZ", "TMPDIR", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR")
_OF_THE_RUNNER = ("ANSIBLE_RETRY_FILES_ENABLED", "ANSIBLE_CACHE_PLUGIN", "ANSIBLE_CACHE_PLUGIN_CONNECTION")
_CANCELLED = "interrupted"
_HANG_UP = (
    "import os, signal, sys;signal.signal(signal.SIGHUP, signal.SIG_DFL);os.execvp(sys.argv[1], sys.argv[1:])"
)
"""Starts a play so that it ends with us, whose death hangs up its terminal. One that ignores this, as all
does below nohup, would wait for ever for results that it can tell nobody any more.
"""

_TICK = 0.1  # seconds between two looks at what has come


class AnsibleBackend:
    """Converges or clears hosts by one Ansible play a batch."""

    def run(self, batch: Sequence[HostRun], cancel: Callable[[], bool]) -> Iterator[HostEvent]:
        """Events of all hosts as they come; every host ends with done, failed or unreachable.

        Once `cancel` is true no further play starts: its hosts fail as interrupted. The first one always
        does,
        for whoever runs a batch has told that it has begun. Closing the iterator, or an exception while it
        waits, kills the play under way. A next run goes on from there.
        """
        for start in range(0, len(batch), SLICE):
            part = batch[start : start + SLICE]
            yield from map(_not_begun, part) if start and cancel() else self._play(part)

    def _play(self, batch: Sequence[HostRun]) -> Iterator[HostEvent]:
        waiting = {host.address: host for host in batch}
        yield from (HostStarted(address) for address in waiting)
        with private_folder() as folder:
            told: queue.SimpleQueue[Event] = queue.SimpleQueue()
            play, progress, reader = _Play(folder, batch, told), LocalProgress(batch), PlayReader(batch)
            play.start()
            try:
                while play.is_alive() or not told.empty():
                    yield from progress.news()
                    for host_event in reader.read(_next(told)):
                        yield from progress.news()
                        if isinstance(host_event, HostDone | HostFailed | HostUnreachable):
                            waiting.pop(host_event.address, None)
                        yield host_event
            except BaseException:
                play.kill()
                raise
            finally:
                play.join()
        for address in waiting:
            yield play.unfinished(address)


class _Config(Protocol):
    command: list[str]
    env: dict[str, str]


class _Runner(Protocol):
    """What is used of ansible-runner's Runner."""

    config: _Config

    def run(self) -> object: ...


class _Play(threading.Thread):
    """One ansible-playbook, watched from a thread: ansible-runner would replace the main thread's signals."""

    def __init__(
        self,
        folder: Path,
        batch: Sequence[HostRun],
        told: queue.SimpleQueue[Event],
    ) -> None:
        super().__init__(name="ansible", daemon=True)
        self._folder, self._batch, self._told = folder, batch, told
        self._killed = threading.Event()
        self._left: list[Process] = []
        self._error = ""
        self._output: list[str] = []

    def run(self) -> None:
        try:
            self._run()
        except Exception as error:  # a thread has nobody else to tell
            self._error = f"{type(error).__name__}: {error}"

    def kill(self) -> None:
        """Ends the play and all its processes soon; nothing more is told."""
        self._killed.set()

    def unfinished(self, address: str) -> HostEvent:
        """What became of a host that Ansible told nothing of."""
        detail = self._error or last_words(self._output)
        return HostFailed(address, "Ansible ended without a result for this host", detail)

    def _run(self) -> None:
        # Takes 0.13 s, and most commands never need it.
        from ansible_runner.interface import init_runner  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

        told = environment(self._folder)
        runner = cast(
            "_Runner",
            init_runner(
                private_data_dir=str(self._folder),
                playbook=str(shipped("playbooks") / self._playbook()),
                inventory=self._inventory(),
                forks=min(MOST_FORKS, len(self._batch)),
                envvars=told,
                settings={"pexpect_timeout": _TICK, "suppress_ansible_output": True},
                event_handler=self._take,
                cancel_callback=self._is_killed,
                quiet=True,
            ),
        )
        runner.config.env = {k: v for k, v in runner.config.env.items() if _is_ours(k, told)}
        runner.config.command = [sys.executable, "-I", "-c", _HANG_UP, *runner.config.command]
        runner.run()
        stop_processes(self._left, "KILL")

    def _playbook(self) -> str:
        """The whole site's; only where all hosts are folders here, not the roles that none of them needs."""
        return "site.yml" if any(host.of_its_own for host in self._batch) else "processes.yml"

    def _inventory(self) -> dict[str, Any]:
        manifests = write_manifests(self._folder / "manifests", self._batch)
        return inventory(self._batch, manifests, write_archives(self._folder / "archives", self._batch))

    def _take(self, event: Event) -> bool:
        self._output.append(str(event.get("stdout", "")))
        del self._output[:-50]
        self._told.put(event)
        return False  # keep no copy on disk

    def _is_killed(self) -> bool:
        if self._killed.is_set() and not self._left:
            self._left = freeze_play(self._folder)  # looked at while the tree is whole
        return self._killed.is_set()


def _not_begun(host: HostRun) -> HostEvent:
    hint = "apply again: it goes on from there"
    return HostFailed(host.address, _CANCELLED, "this host's play was not begun", hint)


def _next(told: queue.SimpleQueue[Event]) -> Event:
    """The next event; an empty one when none comes soon."""
    try:
        return told.get(timeout=_TICK)
    except queue.Empty:
        return {}


def environment(folder: Path) -> dict[str, str]:
    """All that Ansible is told by its environment; what it writes goes below `folder`."""
    configuration = folder / "ansible.cfg"
    configuration.write_text("[defaults]\n", encoding="utf-8")  # its presence keeps others' files out
    programs = f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"
    return {
        "PATH": programs,
        "LANG": "C.UTF-8",
        "ANSIBLE_CONFIG": str(configuration),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_HOST_KEY_CHECKING": "True",
        "ANSIBLE_PIPELINING": "True",  # the module and its manifest touch no disk on the way
        "ANSIBLE_NO_TARGET_SYSLOG": "True",
        "ANSIBLE_NOCOLOR": "True",
        "ANSIBLE_DEPRECATION_WARNINGS": "False",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_ENABLED": "yaml",
        # The runner adds its own to these two.
        "ANSIBLE_CALLBACK_PLUGINS": "",
        "ANSIBLE_STDOUT_CALLBACK": "",
    }


def _is_ours(name: str, told: Mapping[str, str]) -> bool:
    return name in told or name in _KEPT or name in _OF_THE_RUNNER or name.startswith(("AWX_", "RUNNER_"))
