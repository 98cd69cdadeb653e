"""How two environments differ, in the blueprint's words.

Messages of the stream: ``difference`` with part, path, and what it is in the first and in the second (null:
it is not there).
"""

from __future__ import annotations

from collections.abc import Sequence

from aiotctl.model.plan import FactChange
from aiotctl.views.facts import show_facts
from aiotctl.views.output import Output


def show_difference(first: str, second: str, facts: Sequence[FactChange], output: Output) -> None:
    """All differences of two environments."""
    if output.stream is not None:
        for fact in facts:
            output.stream.write(
                "difference", part=fact.part, path=list(fact.path), first=fact.before, second=fact.after
            )
    if output.screen is None:
        return
    if not facts:
        output.screen.line(f"{first} and {second} are the same but for their names.")
        return
    output.screen.line(f"From {first} to {second}:")
    output.screen.line()
    show_facts(facts, {}, output.screen)
