"""Each template compiles to exactly the files that were agreed on: a change of them is seen in review.

The agreed files lie in ``tests/golden/TEMPLATE/UNIT/``. To agree on new ones: ``AIOTCTL_GOLDEN=update
pytest tests/golden``
and look at the difference.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from aiotctl.cli import templates
from aiotctl.engine.bind import unbound
from aiotctl.model import codec
from aiotctl.model.primitives import Host, Schema
from aiotctl.pipeline.compile import compile_environment

HERE = Path(__file__).parent
LARGEST = 24_000
"""A longer file is agreed on by its digest: nobody reads hundreds of sensors."""


def compiled(project: Path) -> dict[str, str]:
    """Every unit's files by path, and what else there is to a unit as JSON."""
    bundle = compile_environment(project / "blueprint.yaml", "laptop").bundle
    found: dict[str, str] = {}
    for address in bundle.units:
        rendered = bundle.render(address)
        folder = address.replace("/", ".")
        if isinstance(rendered, Host):
            found |= {f"{folder}/{file.path}": unbound(file.content) for file in rendered.files}
            found[f"{folder}/services.json"] = pretty([codec.encode(s) for s in rendered.services])
        else:
            assert isinstance(rendered, Schema)
            found[f"{folder}/series.json"] = pretty([codec.encode(s) for s in rendered.series])
            found[f"{folder}/views.sql"] = "\n".join(
                f"-- {name}\n{select}" for name, select in rendered.views
            )
    return {path: shortened(text) for path, text in found.items()}


def pretty(tree: object) -> str:
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"


def shortened(text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return text if len(text) <= LARGEST else f"{len(text)} characters, sha256 {digest}\n"


@pytest.mark.parametrize("template", templates.names())
def test_a_template_compiles_to_what_was_agreed(template: str, tmp_path: Path) -> None:
    templates.create(template, tmp_path / "project", {}, defaults=True)
    made = compiled(tmp_path / "project")
    agreed = HERE / template
    if os.environ.get("AIOTCTL_GOLDEN") == "update":
        shutil.rmtree(agreed, ignore_errors=True)
        for path, text in made.items():
            (agreed / path).parent.mkdir(parents=True, exist_ok=True)
            (agreed / path).write_text(text, encoding="utf-8")
    known = {p.relative_to(agreed).as_posix(): p.read_text("utf-8") for p in agreed.rglob("*") if p.is_file()}
    assert sorted(made) == sorted(known)
    for path, text in made.items():
        assert text == known[path], path


@pytest.mark.parametrize("template", templates.names())
def test_the_same_input_gives_the_same_bytes(template: str, tmp_path: Path) -> None:
    templates.create(template, tmp_path / "project", {}, defaults=True)
    assert compiled(tmp_path / "project") == compiled(tmp_path / "project")
