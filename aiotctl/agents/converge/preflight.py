"""Refuses what cannot work before anything on the host is changed."""

from __future__ import annotations

import errno
import os
import socket
import time
from pathlib import Path

from .errors import ConvergeError, OwnerError, PortError
from .facts import Observation
from .manifest import Manifest, Owner, Port, Service
from .procfs import command_line, listeners, scan, socket_inodes
from .runtimes import runtime_for
from .users import Account, account_for, ownership

_PATIENCE = 1.0  # seconds


def check_owner(manifest: Manifest, seen: Observation, adopt: bool) -> None:
    """Refuses a root that another blueprint, environment or lineage owns."""
    if seen.applied:
        check_same_owner(manifest.root, manifest.owner, seen.applied.owner, adopt)
        if seen.applied.host != manifest.host and not adopt:
            raise OwnerError(
                f"{manifest.root} belongs to another host",
                f"there: {seen.applied.host}; wanted: {manifest.host}",
                "give each host a root of its own",
            )


def check_same_owner(root: Path, wanted: Owner, there: Owner, adopt: bool) -> None:
    """Refuses an owner other than the one there, unless it is to be adopted."""
    if wanted != there and not adopt:
        raise OwnerError(
            f"{root} belongs to another owner",
            f"there: {there}; wanted: {wanted}",
            "choose another root, destroy the other environment, or apply with --adopt to take it over",
        )


def check_programs(manifest: Manifest, seen: Observation) -> None:
    """Refuses programs that are missing or not the ones that were compiled for."""
    for program in manifest.programs:
        fact = seen.programs[program.name]
        in_place = program.deliver and fact.digest == program.digest
        if not in_place and not Path(program.source).exists():
            raise ConvergeError(f"program {program.name!r} is missing", f"{program.source} is not there")
        if program.digest and not program.deliver and fact.digest != program.digest:
            raise ConvergeError(
                f"program {program.name!r} is not the expected one",
                f"{program.source} has {fact.digest}, expected {program.digest}",
            )


def check_users(manifest: Manifest) -> None:
    """Refuses users who are not there, and roots that a service's user cannot enter."""
    accounts = {s.name: account_for(s.user) for s in manifest.services}
    for item in (*manifest.directories, *manifest.files):
        ownership(item.user, item.group)
    for service in manifest.services:
        account = accounts[service.name]
        if account is not None:
            _check_reach(manifest.root / service.directory, service, account)
            program = manifest.root / service.directory / service.command[0]
            _check_reach(program.parent, service, account)
            _check_reach(program.resolve().parent, service, account)


def _check_reach(place: Path, service: Service, account: Account) -> None:
    for folder in (place, *place.parents):
        if not folder.is_dir():
            continue
        found = folder.stat()
        bit = 0o100 if found.st_uid == account.uid else 0o010 if found.st_gid == account.gid else 0o001
        if not found.st_mode & bit:
            raise ConvergeError(
                f"service {service.name!r} runs as user {account.name!r}, who may not enter {folder}",
                f"its mode is {found.st_mode & 0o777:04o}",
                f"choose a place that {account.name!r} can reach, or: chmod o+x {folder}",
            )


def check_ports(manifest: Manifest) -> None:
    """Refuses ports that processes of others hold; all of them at once.

    It looks again for a moment: a service of ours that is just starting holds its port before it
    can be seen to listen, and one that just ended may hold it a little longer.
    """
    deadline = time.monotonic() + _PATIENCE
    while taken := _taken(manifest):
        if time.monotonic() > deadline:
            raise PortError(
                "ports are in use" if len(taken) > 1 else "a port is in use",
                "; ".join(taken),
                "stop what holds them, or choose other ports; nothing was changed",
            )
        time.sleep(0.1)


def _taken(manifest: Manifest) -> list[str]:
    own_sockets = socket_inodes(runtime_for(manifest.runtime).own_pids(manifest))
    open_ports = listeners()
    taken: list[str] = []
    for service in manifest.services:
        for port in service.ports:
            holders = [lst for lst in open_ports if lst.serves(port.host, port.port)]
            foreign = [lst.inode for lst in holders if lst.inode not in own_sockets]
            if foreign:
                taken.append(f"{service.name}: port {port} is held by {_holder(foreign[0])}")
            elif not holders:
                taken += [f"{service.name}: port {port} {why}" for why in _cannot_bind(port)]
    return taken


def _holder(inode: int) -> str:
    processes = scan()
    pid = socket_inodes(processes).get(inode)
    if pid is None:
        return "a process of another user"
    process = processes[pid]
    ours = f", service {process.service} of {process.root}" if process.marker else ""
    return f"process {pid} ({command_line(pid)}{ours})"


def _cannot_bind(port: Port) -> list[str]:
    """Tries the port out for an instant; listening sockets were looked at before."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(port.host, port.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EACCES:
            return [f"may not be bound by user {os.geteuid()}"]
        return [f"cannot be bound: {error.strerror or error}"]
    return []
