"""The machines by hand: ``python -m tests.hosts up 3``, ``list``, ``down``; ``image`` makes their image."""

from __future__ import annotations

import argparse
import os
import sys
import time

from stacks.lab.machines.space import missing
from tests.hosts.fleet import BY_HAND, Fleet, fleets, load_fleet, make_fleet, sweep
from tests.hosts.image import image


def main() -> int:
    """Parses, does, prints; the exit code is 1 where there can be no hosts, unless only the image was asked
    for and it is not CI.
    """
    arguments = _parse()
    if reason := missing():
        print(reason, file=sys.stderr)
        return 0 if arguments.what == "image" and not os.environ.get("CI") else 1
    if arguments.what == "image":
        image()
    elif arguments.what == "up":
        sweep()
        started = time.monotonic()
        _tell(make_fleet(_names(arguments.count), arguments.name, BY_HAND))
        print(f"up in {time.monotonic() - started:.0f} s")
    elif arguments.what == "down":
        load_fleet(arguments.name).remove()
    else:
        for fleet in fleets():
            _tell(fleet)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.hosts", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    up = commands.add_parser("up", help="a hub and some gateways")
    up.add_argument("count", type=int, nargs="?", default=3)
    down = commands.add_parser("down", help="takes them away")
    commands.add_parser("image", help="makes the image where it is not there, as `make test` does first")
    commands.add_parser("list", help="all that are there")
    for command in (up, down):
        command.add_argument("--name", default=BY_HAND, help=f"of the fleet (default: {BY_HAND})")
    return parser.parse_args()


def _names(count: int) -> list[str]:
    return ["hub-1", *(f"gw-{number}" for number in range(1, count))]


def _tell(fleet: Fleet) -> None:
    for machine in fleet:
        print(f"{fleet.name}  {machine.name}  {machine.address}  ssh -F {fleet.ssh_config} {machine.name}")


if __name__ == "__main__":
    sys.exit(main())
