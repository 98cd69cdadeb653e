"""``python -m tests.hosts.attempts`` writes the table of attempts into the documentation."""

from tests.hosts.attempts.table import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
