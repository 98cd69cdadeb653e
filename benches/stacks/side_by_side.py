"""Makes two stacks that do not need each other: FOLDER together|apart, started with the clouds of the tests
in its environment. Together is how an apply makes those of one level: one batch, an engine each.
"""

from __future__ import annotations

import sys
from pathlib import Path

from aiotctl.backends.pulumi_units import StackBackend, Workplace
from aiotctl.model.cloud import Arguments, Network
from aiotctl.model.events import UnitDone
from aiotctl.toolbox.locate import locate
from tests.backends.pulumi.conftest import arguments, unit
from tests.stacks import samples

NAMES = {"stack/hub": "one", "stack/field": "other"}
"""Two units, and the environments that their resources are named for."""


def main() -> None:
    """Makes them; an error where one of them was not made."""
    folder, how = Path(sys.argv[1]), sys.argv[2]
    engine = locate("pulumi")
    assert engine is not None
    backend = StackBackend(
        Workplace(
            f"file://{folder / 'state'}",
            folder / "cache",
            folder / "logs",
            engine=lambda: engine,
            passphrase=lambda: "of benches alone",
        )
    )
    units = [unit(_asked(name), address) for address, name in NAMES.items()]
    batches = [units] if how == "together" else [[one] for one in units]
    events = [event for batch in batches for event in backend.run(batch, lambda: False)]
    done = {event.address for event in events if isinstance(event, UnitDone)}
    if done != NAMES.keys():
        raise RuntimeError(f"of two stacks were made: {sorted(done)}: {events}")


def _asked(environment: str) -> Arguments:
    network = Network("10.60.0.0/16")
    region = samples.REGIONS["aws"]
    return arguments(cloud="aws", region=region, environment=environment, network=network)


if __name__ == "__main__":
    main()
