"""Which environment is meant where none is named."""

from __future__ import annotations

import pytest

from aiotctl.errors import AiotctlError, Exit
from aiotctl.pipeline.chosen import only


@pytest.mark.parametrize(
    ("environments", "meant"),
    [
        ({"laptop": True}, "laptop"),
        ({"production": False}, "production"),
        ({"production": False, "laptop": True, "pilot": False}, "laptop"),
    ],
)
def test_the_only_one_or_the_only_local_one_is_meant(environments: dict[str, bool], meant: str) -> None:
    assert only(environments) == meant


@pytest.mark.parametrize(
    "environments",
    [{"laptop": True, "bench": True, "pilot": False}, {"pilot": False, "production": False}, {}],
)
def test_where_several_could_be_meant_it_must_be_named(environments: dict[str, bool]) -> None:
    with pytest.raises(AiotctlError) as refused:
        only(environments)
    assert refused.value.exit_code is Exit.USAGE
    (diagnostic,) = refused.value.diagnostics
    assert all(name in diagnostic.detail for name in environments)
