"""Finds a program that is there: on the PATH, in the cache, or among the scripts of our environment."""

from __future__ import annotations

import shutil
from pathlib import Path

from aiotctl.toolbox.pins import Pin, pins
from aiotctl.toolbox.settings import Settings, from_environment
from aiotctl.toolbox.store import stored
from aiotctl.toolbox.tool import Origin, Tool
from aiotctl.toolbox.versions import known


def locate(name: str, settings: Settings | None = None) -> Tool | None:
    """The program, if it is there. Obtains nothing; starts only a program whose version is not known yet."""
    return find(pins()[name], settings or from_environment())


def find(pin: Pin, settings: Settings) -> Tool | None:
    """The same for any pin. What is for other machines is neither on the PATH nor in our environment."""
    if settings.own_arch:
        return stored(pin, settings)
    return _on_path(pin, settings) or stored(pin, settings) or _script(pin, settings)


def _on_path(pin: Pin, settings: Settings) -> Tool | None:
    program = _program_on_path(pin, settings)
    if not program:
        return None
    about = known(pin, program, settings)
    if not about.version or not pin.fits(about.version):
        return None
    path = program.resolve().parent.parent if pin.is_tree else program
    return Tool(pin.name, about.version, path, about.digest, Origin.PATH)


def unfit_on_path(pin: Pin, settings: Settings) -> str:
    """What lies on the PATH under the program's name and does not fit, in words; empty where nothing does."""
    program = _program_on_path(pin, settings)
    if not program:
        return ""
    version = known(pin, program, settings).version
    if version and pin.fits(version):
        return ""
    told = version or "of an unknown version"
    return f"path: {program} is {told}, not {pin.fits_from} to below {pin.fits_below}"


def _program_on_path(pin: Pin, settings: Settings) -> Path | None:
    if not pin.on_path or settings.own_arch:
        return None
    found = shutil.which(Path(pin.command).name, path=settings.environment.get("PATH"))
    return Path(found).absolute() if found else None


def _script(pin: Pin, settings: Settings) -> Tool | None:
    """The script of the program's distribution in our own environment, if its version fits."""
    if not pin.wheel or not pin.wheel.command:
        return None
    program = settings.prefix / "bin" / pin.wheel.command
    if not program.is_file():
        return None
    about = known(pin, program, settings)
    if not about.version or not pin.fits(about.version):
        return None
    return Tool(pin.name, about.version, program, about.digest, Origin.WHEEL)
