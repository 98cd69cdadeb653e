"""Draws what a command wrote to a colour terminal as an SVG.

script -qc "aiotctl verify" typescript; python scripts/picture.py typescript docs/img/verify.svg TITLE
"""

import re
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

HEADER = re.compile(r"^Script (started|done).*$", re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""They would be fetched from another site; the reader's own monospaced font does as well."""


def main(source: str, target: str, title: str) -> None:
    written = HEADER.sub("", Path(source).read_text(encoding="utf-8")).replace("\r", "").strip("\n")
    lines = [Text.from_ansi(line) for line in written.split("\n")]
    console = Console(record=True, width=max(map(len, lines)), file=StringIO())
    for line in lines:
        console.print(line)
    svg = FONTS.sub("", console.export_svg(title=title, theme=MONOKAI, unique_id="picture"))
    svg = COMMENT.sub("", svg).replace("Fira Code", "ui-monospace")
    Path(target).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
