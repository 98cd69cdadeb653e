"""Obtains every external program that aiotctl runs, and tells where each is: what `make test` does first."""

import sys

from aiotctl.errors import AiotctlError
from aiotctl.model.events import ToolProgress
from aiotctl.toolbox.obtain import ensure
from aiotctl.toolbox.pins import pins


def tell(event: ToolProgress) -> None:
    """One line for each quarter of a minute, so that a log shows life without growing long."""
    if event.what in ("build", "wait") and event.done % 15 == 0:
        print(f"programs: {event.tool}: {event.what}, {event.done} s", flush=True)


def main() -> int:
    names = [pin.name for pin in pins().values() if not pin.for_building]
    try:
        tools = ensure(names, tell)
    except AiotctlError as error:
        for problem in error.diagnostics:
            print(f"programs: {problem.summary}: {problem.detail}\n{problem.remedy}", file=sys.stderr)
        return int(error.exit_code)
    for tool in tools.values():
        print(f"programs: {tool.name} {tool.version} ({tool.origin})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
