"""Small pieces of Markdown."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars and line breaks in cells are kept from breaking it."""
    lines = [
        _row(header),
        _row(["---"] * len(header)),
        *(_row([_cell(text) for text in row]) for row in rows),
    ]
    return "\n".join(lines)


def code(text: str) -> str:
    """Inline code, whatever the text holds."""
    fence = "``" if "`" in text else "`"
    return f"{fence}{text}{fence}"


def prose(text: str) -> str:
    """Text that is no HTML and no Markdown link; code in back quotes stays code."""
    parts = text.split("`")
    parts[::2] = [part.replace("&", "&amp;").replace("<", "&lt;").replace("*", "\\*") for part in parts[::2]]
    return "`".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
