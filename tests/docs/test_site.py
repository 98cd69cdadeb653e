"""The documentation builds strictly: no broken link, no page that is left out."""

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.reading import PAGES, ROOT


def test_it_builds(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (tmp_path / "reference" / "diagnostics" / "index.html").is_file()


def test_links_of_the_readme_lead_somewhere() -> None:
    import re

    readme = PAGES[0].read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)", readme)
    assert links and [link for link in links if not (ROOT / link).exists()] == []
