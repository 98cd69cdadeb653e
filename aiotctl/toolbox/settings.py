"""What the toolbox takes from its surroundings, read once (proxies are left to the network libraries)."""

from __future__ import annotations

import os
import platform
import pwd
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where programs are looked for and kept, and which ways are open.

    `cache` holds what was obtained; `arch` is Go's name of the architecture; `prefix` the Python environment
    whose scripts are ours; `bundle` a packed toolbox to take programs from; `ca_file` a company's own
    authority; `environment` is what child processes inherit. `own_arch` is this machine's architecture where
    programs for machines of another are wanted: those are never run here.
    """

    cache: Path
    arch: str
    prefix: Path
    offline: bool = False
    bundle: Path | None = None
    ca_file: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    own_arch: str = ""

    def wanting(self, arch: str) -> Settings:
        """The same for programs of this architecture (empty: this machine's)."""
        own = self.own_arch or self.arch
        return replace(self, arch=arch or own, own_arch=own if arch and arch != own else "")


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process: XDG_CACHE_HOME and AIOTCTL_ OFFLINE, TOOLS_BUNDLE, CA_FILE."""
    env = dict(os.environ if environment is None else environment)
    machine = platform.machine()
    return Settings(
        cache=_cache_home(env) / "aiotctl" / "programs",
        arch=_ARCHITECTURES.get(machine, machine),
        prefix=Path(sys.prefix),
        offline=env.get("AIOTCTL_OFFLINE", "").lower() not in ("", "0", "no", "false", "off"),
        bundle=_path(env.get("AIOTCTL_TOOLS_BUNDLE")),
        ca_file=_path(env.get("AIOTCTL_CA_FILE") or env.get("SSL_CERT_FILE")),
        environment=env,
    )


def _cache_home(env: Mapping[str, str]) -> Path:
    """XDG's rule; a home that the environment leaves out is looked up, as a service has none."""
    if (xdg := env.get("XDG_CACHE_HOME", "")).startswith("/"):
        return Path(xdg)
    return Path(env.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir) / ".cache"


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser().absolute() if text else None
