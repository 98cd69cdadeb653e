"""Networks of sites that a fleet's table tells."""

from __future__ import annotations

import pytest

from aiotctl.errors import AiotctlError
from aiotctl.model.primitives import Stack
from aiotctl.pipeline.compile import compile_environment
from tests.pipeline.test_stacks import HEAD

SITES = HEAD[HEAD.index("sites:") : HEAD.index("platform:")]
FLEET = HEAD.replace(SITES, "fleet: {from: fleet.csv}\n")
HEADER = "site,gateway,device,type,endpoint,egress\n"


def networks(*cells: str) -> tuple[str, ...]:
    """Those that the broker's door is open to."""
    rows = (
        f"plant-a,gw-1,press-{number},press,10.1.0.{number}:502,{cell}"
        for number, cell in enumerate(cells, 1)
    )
    files = {"blueprint.yaml": FLEET, "fleet.csv": HEADER + "\n".join(rows) + "\n"}

    def read(path: str) -> bytes:
        return files[str(path).rpartition("/")[2]].encode()

    made = compile_environment("blueprint.yaml", "production", read).bundle.render("stack/hub")
    assert isinstance(made, Stack)
    return next(door.networks for door in made.arguments.network.ingress if door.port == 8883)


def test_doors_are_open_to_the_networks_of_the_table() -> None:
    assert networks("203.0.113.5/28 198.51.100.0/28", "") == ("198.51.100.0/28", "203.0.113.0/28")


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (("203.0.113.0/99",), "egress-unfit"),
        (("203.0.113.0/28", "198.51.100.0/28"), "declared-twice"),
        (("",), "site-without-egress"),
    ],
)
def test_what_is_none_or_is_told_otherwise_is_found(cells: tuple[str, ...], code: str) -> None:
    with pytest.raises(AiotctlError) as told:
        networks(*cells)
    assert code in [one.code for one in told.value.diagnostics]
