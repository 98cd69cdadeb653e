"""The rules as a page: ``python -m tests.stacks.policy.page`` writes docs/reference/cloud-policy.md."""

from __future__ import annotations

from pathlib import Path

from scripts.reference.markdown import prose, table
from tests.stacks.policy.rules import CLOUDS, RULES

PATH = Path(__file__).parents[3] / "docs" / "reference" / "cloud-policy.md"

TITLES = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}

ABOUT = """# What every cloud's stack promises

Each rule is a test over what the stack of each cloud declares, with everything that a stack may have. This
page is made from the rules themselves. No rule was ever looked at in a real account: the clouds of the tests
know the official SDKs' types, and no more. How each was tried is told in the guides for
[AWS](../guides/cloud-aws.md), [Azure](../guides/cloud-azure.md) and
[Google Cloud](../guides/cloud-gcp.md).
"""


def page() -> str:
    """The page."""
    rows = [
        (prose(words), *(prose(cells[rule].how) for cells in CLOUDS.values()))
        for rule, words in RULES.items()
    ]
    return f"{ABOUT}\n{table(('rule', *(TITLES[cloud] for cloud in CLOUDS)), rows)}\n"


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
