"""Every diagnostic: those about blueprints from their kinds, those of commands from where they are told."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiotctl
from aiotctl.pipeline.language.catalogue import kinds
from scripts.reference.markdown import prose

CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

ABOUT = (
    "A diagnostic says what is wrong, where, why, and how to mend it. Its code is stable; its words may "
    "change. `aiotctl validate` tells every finding at once, for all environments, as text, JSON, SARIF or "
    "annotations of a pull request (`--format`). This page lists every code."
)
OF_COMMANDS = (
    "These come from reading and writing files, from hosts, servers and programs. `…` stands for what is "
    "filled in."
)


@dataclass(frozen=True, slots=True)
class Told:
    """A diagnostic as the source tells it; names stand for what is filled in."""

    code: str
    summary: str
    detail: str
    remedy: str


def page() -> str:
    """The page."""
    parts = ["# Diagnostics", ABOUT, "## Findings about blueprints"]
    for kind in kinds():
        mark = "" if kind.severity == "error" else f" ({kind.severity.value})"
        parts += [f"### {kind.code}", f"**{prose(kind.summary)}**{mark}: {prose(kind.explanation)}"]
    parts += ["## Errors of commands", OF_COMMANDS]
    for each in told():
        parts += [f"### {each.code}", f"**{prose(each.summary)}**."]
        parts += [f"What it tells: {prose(each.detail)}"] if _says_something(each.detail) else []
        parts += [f"To mend it: {prose(each.remedy)}"] if _says_something(each.remedy) else []
    return "\n\n".join(parts) + "\n"


def _says_something(text: str) -> bool:
    """Whether words are left beside what is filled in."""
    return len(re.findall(r"[A-Za-z]{2,}", text)) > 2


def told() -> list[Told]:
    """The diagnostics that are no findings about blueprints, by code."""
    known = {kind.code for kind in kinds()}
    found: dict[str, Told] = {}
    for path in sorted(Path(aiotctl.__file__).parent.rglob("*.py")):
        for each in _in_source(path):
            if each.code not in known:
                found.setdefault(each.code, each)
    return [found[code] for code in sorted(found)]


def _in_source(path: Path) -> Iterator[Told]:
    """Calls whose first two arguments are a code and a summary."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    for scope in [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]:
        named = dict(_named(scope))
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and len(node.args) >= 2 and not _is_kind(node):
                first, second, *rest = [_text(argument, named) for argument in node.args[:4]]
                if CODE.fullmatch(first) and second[:1].isupper() and " " in second:
                    yield Told(first, second, *rest, *[""] * (2 - len(rest)))


def _named(scope: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Texts that a function gives names to."""
    for node in reversed(list(ast.walk(scope))):  # so that the first of a name counts
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if text := _text(value, {}):
                yield name, text
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for name, value in zip(names, values, strict=True):
                    if isinstance(name, ast.Name):
                        yield name.id, _text(value, {})
            case _:
                pass


def _is_kind(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "Kind"


def _text(node: ast.expr, named: Mapping[str, str]) -> str:
    """A text as written; what is filled in becomes an ellipsis, and what is computed whole is left out."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(value.value if isinstance(value, ast.Constant) else "…" for value in values)
        case ast.Name(id=name):
            return named.get(name, "")
        case _:
            return ""
