"""The generated reference holds everything that there is."""

import json

from aiotctl.cli.discovery import summaries
from aiotctl.errors import Exit
from aiotctl.pipeline.language.catalogue import kinds
from aiotctl.pipeline.language.schema import blueprint
from scripts.reference import commands, diagnostics, language, output
from tests.docs.reading import ROOT


def test_the_published_schema_is_current() -> None:
    published = ROOT / "schemas" / "blueprint-v1.schema.json"
    expected = json.dumps(blueprint(), indent=2, ensure_ascii=False) + "\n"
    assert published.read_text(encoding="utf-8") == expected, "run `make schema`"


def test_every_protocol_and_engine_is_described() -> None:
    page = language.page()
    for branch in blueprint()["$defs"]["device_type"]["allOf"]:
        assert f"### Protocol `{branch['then']['properties']['protocol']['const']}`" in page
    assert "`timeseries` by `postgres-embedded`" in page


def test_every_command_has_a_section() -> None:
    page = commands.page()
    assert [name for name in summaries() if f"\n## {name}\n" not in page] == []


def test_every_diagnostic_has_a_section() -> None:
    page = diagnostics.page()
    codes = [kind.code for kind in kinds()] + ["not-applied", "read-unreachable", "tool-checksum"]
    assert [code for code in codes if f"\n### {code}\n" not in page] == []


def test_codes_of_diagnostics_are_told_once() -> None:
    headings = [line for line in diagnostics.page().splitlines() if line.startswith("### ")]
    assert len(headings) == len(set(headings))


def test_every_exit_code_is_listed() -> None:
    page = output.page()
    assert [code for code in Exit if f"{int(code)}" not in page] == []


def test_messages_of_the_stream_have_fields() -> None:
    found = output.messages()
    assert {"apply_start", "planned_change", "series", "diagnostic", "version"} <= set(found)
    assert [kind for kind, fields in found.items() if not fields] == []
