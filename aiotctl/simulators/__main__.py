"""``python -m aiotctl.simulators PLANT.json``: serves a plant until SIGTERM, with plain log lines on
stderr.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from aiotctl.errors import AiotctlError, Exit
from aiotctl.simulators.plant import load_plant
from aiotctl.simulators.serve import serve


def main(arguments: list[str]) -> int:
    """Run the simulator; returns its exit code."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("aiotctl.simulators").setLevel(logging.INFO)
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m aiotctl.simulators PLANT.json\n")
        return Exit.USAGE
    try:
        serve(load_plant(Path(arguments[0])), lambda _: None)
    except AiotctlError as error:
        for found in error.diagnostics:
            sys.stderr.write(f"{found.code}: {found.detail} {found.remedy}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"simulator: {error}\n")
        return Exit.ERROR
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
