"""Exit codes, the JSON stream and the environment variables."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import aiotctl
from aiotctl.cli.help import EXIT_CODES
from aiotctl.views.output import STREAM_FORMAT
from scripts.reference.markdown import code, table

STREAM = f"""# Exit codes and JSON

## Exit codes

{{codes}}

## The JSON stream

`--json` writes one JSON object a line to standard output and nothing else; `--json-into FILE` writes the
same into a file, beside the text for people. The first line is `{{{{"type": "version", ...}}}}` and gives the
versions of aiotctl and of the format, now {STREAM_FORMAT}. Additions raise the second number of the format;
what breaks a reader raises the first. So a reader ignores types and fields that it does not know.

Every message has a `type`. These are all; `…` stands for fields that depend on what is told:

{{messages}}

Secrets are in no message. The codes of diagnostics are listed in [Diagnostics](diagnostics.md).
"""


def page() -> str:
    """The page."""
    codes = table(("code", "meaning"), [(code(number), text) for number, text in EXIT_CODES])
    rows = [(code(kind), ", ".join(map(code, fields))) for kind, fields in messages().items()]
    return STREAM.format(codes=codes, messages=table(("type", "fields"), rows))


def messages() -> dict[str, list[str]]:
    """Types of messages with their fields, as the views write them."""
    found: dict[str, set[str]] = {}
    for path in sorted(Path(aiotctl.__file__).parent.joinpath("views").glob("*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        makers = {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and (kind := _kind(node)):
                found.setdefault(kind, set()).update(_fields(node, makers))
    return {kind: sorted(found[kind]) for kind in sorted(found)}


def _kind(call: ast.Call) -> str:
    """The type that a call writes; empty where it writes no message."""
    match call:
        case ast.Call(
            func=ast.Attribute(attr="write"), args=[ast.Constant(value=str(kind))], keywords=[_, *_]
        ):
            return kind
        case _:
            return ""


def _fields(call: ast.Call, makers: Mapping[str, ast.FunctionDef]) -> Iterator[str]:
    """Names of the fields; those that a function of the module makes are read there."""
    for word in call.keywords:
        match word:
            case ast.keyword(arg=str(name)):
                yield name
            case ast.keyword(value=ast.Call(func=ast.Name(id=name))) if name in makers:
                yield from _made(makers[name])
            case _:
                yield "…"


def _made(maker: ast.FunctionDef) -> Iterator[str]:
    """Keys of the mapping that a function returns, or fills and returns."""
    for node in maker.body:
        for inner in ast.walk(node) if isinstance(node, ast.If) else [node]:
            match inner:
                case ast.Return(value=ast.Dict(keys=keys)) | ast.AnnAssign(value=ast.Dict(keys=keys)):
                    yield from (key.value for key in keys if isinstance(key, ast.Constant))
                case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(key)))]):
                    yield key
                case _:
                    pass
