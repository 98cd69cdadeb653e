"""The line's applications on every gateway."""

from pathlib import Path

from pyinfra import host
from pyinfra.facts.server import Command
from pyinfra.operations import files, server

ROOT = host.data.root
HERE = Path(__file__).parent
SERVICES = ("reporter", "keeper")


def sources(folder):
    """Paths of all files below a folder, as they are called on the gateway."""
    found = (path for path in (HERE / folder).rglob("*") if path.is_file())
    return sorted(str(path.relative_to(HERE / folder)) for path in found)


for path in sources("files"):
    files.put(
        name=f"Copy {path}",
        src=str(HERE / "files" / path),
        dest=f"{ROOT}/{path}",
        mode="600",
        create_remote_dir=False,
    )

settings = {
    path: files.template(
        name=f"Write {path}",
        src=str(HERE / "templates" / path),
        dest=f"{ROOT}/{path}",
        mode="600",
        create_remote_dir=False,
        gateway=host.data.gateway,
        revision=host.data.revision,
    )
    for path in sources("templates")
}

for name in SERVICES:
    config = f"etc/services/{name}.json"
    pidfile = f"{ROOT}/run/{name}.pid"
    start = (
        f"start-stop-daemon --start --background --make-pidfile --pidfile {pidfile} "
        f"--startas {host.data.python} -- -S -E {ROOT}/bin/worker.py {ROOT}/{config}"
    )
    status = host.get_fact(Command, f"start-stop-daemon --status --pidfile {pidfile} && echo runs || true")
    if "runs" not in (status or ""):
        server.shell(name=f"Start the {name}", commands=[start])
    else:
        stop = f"start-stop-daemon --stop --oknodo --retry 10 --pidfile {pidfile}"
        server.shell(name=f"Restart the {name}", commands=[stop, start], _if=settings[config].did_change)
