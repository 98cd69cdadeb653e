"""The shop as an entry of the catalog, found by an entry point as that of anybody else's package is.

It takes the place of the lake: the role that hosts can do without, and that may add to gateways.
"""

from __future__ import annotations

from pathlib import Path

from aiotctl.catalog.entry import Contribution, GatewayContext, PlatformEntry
from aiotctl.model import address
from aiotctl.model.primitives import ConfigFile, Directory, Ref, Service
from benches.shop.content import SERVICES, files

ENGINE = "shop"
ROOT = Path(__file__).parents[2]


def _gateway(context: GatewayContext) -> Contribution:
    revision = context.deployment.platform["lake"].options.get("revision", 1)
    assert isinstance(revision, int)
    host = address.host_of_gateway(context.site.name, context.gateway.name)
    contents = files(context.site.name, revision)
    folders = sorted({str(Path(path).parent) for path in contents})
    return Contribution(
        programs=("python",),
        directories=tuple(map(Directory, folders)),
        files=tuple(ConfigFile(path, (text,)) for path, text in contents.items()),
        services=tuple(_service(host, name) for name in SERVICES),
    )


def _service(host: str, name: str) -> Service:
    settings = f"etc/services/{name}.json"
    root = Ref(host, "root")
    command = (
        (Ref("program/python", "path"),),
        ("-S",),
        ("-E",),
        (root, "/bin/worker.py"),
        (root, f"/{settings}"),
    )
    return Service(name, "python", command, files=(settings,))


ENTRY = PlatformEntry(
    role="lake",
    engine=ENGINE,
    description="files and services of a line's own applications",
    options={
        "type": "object",
        "additionalProperties": False,
        "properties": {"revision": {"type": "integer", "default": 1, "description": "changes one file"}},
    },
    gateway=_gateway,
)


def install(folder: Path) -> str:
    """Writes the entry point into a folder and gives the PYTHONPATH under which aiotctl finds it."""
    about = folder / "shop-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[aiotctl.lakes]\n{ENGINE} = {__name__}:ENTRY\n")
    return f"{folder}:{ROOT}"
