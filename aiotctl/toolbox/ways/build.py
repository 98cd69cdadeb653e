"""A build from the Go module whose go.mod and go.sum travel in this package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aiotctl.toolbox.pins import Build, Pin
from aiotctl.toolbox.settings import Settings
from aiotctl.toolbox.store import Draft, discard
from aiotctl.toolbox.tool import Origin, Tell, Tool, ToolError
from aiotctl.toolbox.ways import FORBIDDEN, Closed, Open, Way, child

ObtainGo = Callable[[Tell], Tool]


def way(pin: Pin, settings: Settings, obtain_go: ObtainGo) -> Way | None:
    """Building; Go itself is obtained only when the build really begins."""
    recipe = pin.build
    if not recipe:
        return None
    how = f"Go package {recipe.package}, about {recipe.minutes} minutes"
    if settings.offline:
        return Closed(Origin.BUILD, how, FORBIDDEN)
    return Open(
        Origin.BUILD, how, lambda draft, tell: _build(pin, recipe, settings, draft, tell, obtain_go(tell))
    )


def _build(pin: Pin, recipe: Build, settings: Settings, draft: Draft, tell: Tell, go: Tool) -> None:
    own = settings.cache.parent / "go"
    command = [str(go.path / "bin" / "go"), "build", "-mod=readonly", "-trimpath", "-buildvcs=false"]
    command += ["-tags", ",".join(recipe.tags()), "-ldflags", recipe.link.format(version=pin.version)]
    command += ["-o", str(draft.program), recipe.package]
    environment = _environment(settings, own)
    code, output = child.run(command, environment, recipe.folder, tell, (pin.name, "build"))
    if code != 0:
        raise ToolError(
            "tool-build",
            "A program could not be built from its source",
            f"{pin.name} {pin.version} with Go {go.version}:\n{output.strip()}",
            "Go fetches modules as GOPROXY says: look at it and at the network. "
            f"A {pin.name} {pin.fits_from} or later on the PATH also serves.",
        )
    discard(own)


def _environment(settings: Settings, own: Path) -> dict[str, str]:
    """The user's Go settings, with a place of our own for whatever would be new in the home directory."""
    env = dict(settings.environment)
    home = Path(env["HOME"]) if env.get("HOME") else own
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    env |= {
        "CGO_ENABLED": "0",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "XDG_CONFIG_HOME": str(own / "config"),
    }
    if settings.own_arch:
        env["GOARCH"] = settings.arch
    env.setdefault("GOENV", str(config / "go" / "env"))
    env.setdefault("GOTOOLCHAIN", "local")
    if "GOPATH" not in env and not (home / "go" / "pkg" / "mod").is_dir():
        env.setdefault("GOMODCACHE", str(own / "modules"))
        env["GOPATH"] = str(own)
    cache_home = Path(env.get("XDG_CACHE_HOME") or home / ".cache")
    if not (cache_home / "go-build").is_dir():
        env.setdefault("GOCACHE", str(own / "build"))
    if settings.ca_file:
        env["SSL_CERT_FILE"] = str(settings.ca_file)
    return env
