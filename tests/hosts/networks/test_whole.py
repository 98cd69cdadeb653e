"""The last of this folder: all events together."""

from __future__ import annotations

from tests.hosts.networks.forms import Form, forms
from tests.hosts.networks.plant import Plant
from tests.hosts.networks.table import Table


@forms
def test_over_all_nothing_came_twice(works: Plant, table: Table, form: Form) -> None:
    works.ledger.look()
    counts = works.ledger.whole()
    table.add("over all", counts, "lost: those of full buffers and killed collectors")
    assert not any(one.doubled for one in counts.values())
    assert all(one.sent > 0 for one in counts.values())
