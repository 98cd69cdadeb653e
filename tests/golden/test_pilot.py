"""An environment with hosts compiles to exactly the files that were agreed on, in ``tests/golden/pilot/``.

To agree on new ones: ``AIOTCTL_GOLDEN=update pytest tests/golden`` and look at the difference.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from aiotctl.engine.bind import unbound
from aiotctl.model import codec
from aiotctl.model.primitives import Host
from aiotctl.pipeline.compile import compile_environment
from tests.golden.test_templates import pretty, shortened

HERE = Path(__file__).parent / "pilot"
BLUEPRINT = HERE / "blueprint.yaml"
PROGRAM = "forward/aiotctl/"
"""The forwarder's own program is no configuration."""


def compiled() -> dict[str, str]:
    """Every host's files by path, and what else there is to a host."""
    bundle = compile_environment(BLUEPRINT, "pilot").bundle
    found = {"flows.json": pretty([codec.encode(flow) for flow in bundle.flows()])}
    for address in bundle.units:
        rendered = bundle.render(address)
        folder = address.replace("/", ".")
        if not isinstance(rendered, Host):
            continue
        files = [file for file in rendered.files if not file.path.startswith(PROGRAM)]
        found |= {f"{folder}/{file.path}": unbound(file.content) for file in files}
        found[f"{folder}/firewall.nft"] = unbound(rendered.firewall)
        found[f"{folder}/services.json"] = pretty([codec.encode(s) for s in rendered.services])
        found[f"{folder}/host.json"] = pretty(
            {
                "packages": [codec.encode(one) for one in rendered.packages],
                "certificates": [codec.encode(one) for one in rendered.certificates],
                "programs": list(rendered.programs),
                "directories": [codec.encode(one) for one in rendered.directories],
                "files": [f"{file.mode:o} {file.account or 'root'} {file.path}" for file in files],
            }
        )
    return {path: shortened(text) for path, text in found.items()}


def test_a_pilot_compiles_to_what_was_agreed() -> None:
    made = compiled()
    if os.environ.get("AIOTCTL_GOLDEN") == "update":
        for old in HERE.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
        for path, text in made.items():
            (HERE / path).parent.mkdir(parents=True, exist_ok=True)
            (HERE / path).write_text(text, encoding="utf-8")
    files = (p for p in HERE.rglob("*") if p.is_file() and p != BLUEPRINT)
    known = {p.relative_to(HERE).as_posix(): p.read_text("utf-8") for p in files}
    assert sorted(made) == sorted(known)
    for path, text in made.items():
        assert text == known[path], path


def test_no_file_can_be_read_by_everybody() -> None:
    bundle = compile_environment(BLUEPRINT, "pilot").bundle
    for address in bundle.units:
        rendered = bundle.render(address)
        for file in rendered.files if isinstance(rendered, Host) else ():
            assert file.mode & 0o007 == 0, file.path
            assert file.account, file.path


def test_every_service_has_an_account_and_writes_only_its_own_data() -> None:
    bundle = compile_environment(BLUEPRINT, "pilot").bundle
    for address in bundle.units:
        rendered = bundle.render(address)
        if isinstance(rendered, Host):
            owners = {directory.path: directory.account for directory in rendered.directories}
            for service in rendered.services:
                assert service.account, service.name
                assert {owners[path] for path in service.writes} <= {service.account}, service.name
