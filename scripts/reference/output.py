"""Exit codes, the JSON stream and the environment variables."""

import ast
from pathlib import Path

import aiotctl
from aiotctl.cli.help import EXIT_CODES
from aiotctl.views.output import STREAM_FORMAT
from scripts.reference.markdown import code, table

STREAM = f"""# Exit codes and JSON

## Exit codes

{{codes}}

## The JSON stream

`--json` writes one JSON object a line to standard output and nothing else; `--json-into FILE` writes the same
into a file, beside the text for people. The first line is `{{{{"type": "version", ...}}}}` and gives the version of
aiotctl and of the format, now {STREAM_FORMAT}. Additions raise the second number of the format; what breaks a reader
raises the first. So a reader ignores types and fields that it does not know.

Every message has a `type`. These are all:

{{messages}}

A diagnostic in the stream has the fields of [a diagnostic](diagnostics.md): `code`, `severity`, `summary`, `detail`,
`remedy`, its place and, where there is one, the address of the thing it is about.

Secrets are in no message. Texts that came from outside are escaped for a terminal only where a terminal reads them.
"""


def page() -> str:
    """The page."""
    codes = table(("code", "meaning"), [(code(number), text) for number, text in EXIT_CODES])
    rows = [
        (code(kind), ", ".join(map(code, fields)) or "see the commands")
        for kind, fields in messages().items()
    ]
    return STREAM.format(codes=codes, messages=table(("type", "fields"), rows))


def messages() -> dict[str, list[str]]:
    """Types of messages with the fields that they name, as the views write them."""
    found: dict[str, set[str]] = {}
    for path in sorted(Path(aiotctl.__file__).parent.joinpath("views").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "write"
            ):
                _take(node, found)
    return {kind: sorted(found[kind]) for kind in sorted(found)}


def _take(call: ast.Call, found: dict[str, set[str]]) -> None:
    if len(call.args) == 1 and isinstance(kind := call.args[0], ast.Constant) and isinstance(kind.value, str):
        if call.keywords or kind.value.isidentifier():
            found.setdefault(kind.value, set()).update(word.arg for word in call.keywords if word.arg)
