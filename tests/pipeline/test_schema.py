"""The JSON Schema: a sound schema, the same to another validator, and explained throughout."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from aiotctl.pipeline.language.schema import blueprint
from aiotctl.pipeline.load import load

TESTS = Path(__file__).parents[1]
CASES = [
    *sorted((TESTS / "valid").glob("*.yaml")),
    *sorted((TESTS / "valid").glob("*/blueprint.yaml")),
    *sorted((TESTS / "invalid").glob("*.yaml")),
]


def plain(value: Any) -> Any:
    """Data without decimals, which the other validator does not know."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(blueprint())


def test_two_validators_agree_on_every_case() -> None:
    ours = jsonschema_rs.Draft202012Validator(blueprint())
    theirs = jsonschema.Draft202012Validator(blueprint())
    checked = 0
    for case in CASES:
        data = load(case).document.data
        if data:
            checked += 1
            assert ours.is_valid(data) == theirs.is_valid(plain(data)), case.name
    assert checked > 150


def properties(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, list):
        for number, one in enumerate(node):
            yield from properties(one, f"{path}/{number}")
    elif isinstance(node, dict):
        for name, about in node.get("properties", {}).items():
            if "/if/" not in f"{path}/" and "$ref" not in about:
                yield f"{path}/{name}", about
        for key, one in node.items():
            yield from properties(one, f"{path}/{key}")


def test_an_editor_can_explain_every_key() -> None:
    bare = [
        path for path, about in properties(blueprint()) if "description" not in about and "allOf" not in about
    ]
    assert [path for path in bare if not path.endswith(("/protocol", "/engine"))] == []


def test_every_default_fits_its_own_schema() -> None:
    for path, about in properties(blueprint()):
        if "default" in about:
            assert jsonschema_rs.is_valid(about, about["default"]), path


@pytest.mark.parametrize(
    "words", [{"blueprint": "v1"}, {"fleet": {"from": "x.csv"}}, {"platform": {"broker": {"engine": "nats"}}}]
)
def test_what_is_missing_is_told_and_nothing_more(words: dict[str, Any]) -> None:
    errors = list(jsonschema_rs.Draft202012Validator(blueprint()).iter_errors(words))
    assert {error.kind.name for error in errors} == {"required"}
