"""Damaged blueprints: findings, never a traceback, never a hang, never an accepted lie.

The seed is fixed, so that a failure can be repeated; ``AIOTCTL_FUZZ`` gives another number of rounds
and ``AIOTCTL_FUZZ_SEED`` another seed.
"""

from __future__ import annotations

import os
import random
import re
import time
from pathlib import Path

from aiotctl.pipeline.check import check
from aiotctl.pipeline.examine import examine
from aiotctl.pipeline.explain import explain
from aiotctl.pipeline.resolve import resolve

ROOT = Path(__file__).parents[2]
ROUNDS = int(os.environ.get("AIOTCTL_FUZZ", "3000"))
SEED = int(os.environ.get("AIOTCTL_FUZZ_SEED", "61"))
SLOWEST_S = 5.0
PIECES = [
    "\n", "  ", ": ", "- ", "{", "}", "[", "]", ",", '"', "'", "#", "&a ", "*a", "<<: *a", "!!int ", "|\n",
    "\t", "~", "null", "true", "0", "-1", "1e99", "99999999999999999999", "0x8000", ".nan", "no", "\u0000",
    "\u001b[2J", "\u202e", "é", "from", "from: blueprint.yaml", "secret", "{secret: x}", "uint64",
    "float32", "string", "length: 9", "bit: 3", "every: 0s", "range: [1, 0]", "unit: bar", "%",
    "holding/65535", "40000", "site/a/device/b", "all", "a" * 70, "'; DROP TABLE x; --", "$(reboot)",
    "{device}", "+", "site,gateway", "\r", ";",
]  # fmt: skip


def seeds() -> list[dict[str, str]]:
    """Blueprints to damage, as file names to texts."""
    folders = [
        *(path for path in sorted((ROOT / "tests" / "valid").iterdir())),
        *sorted((ROOT / "tests" / "invalid").glob("fleet-*/")),
    ]
    found: list[dict[str, str]] = []
    for path in folders:
        files = [path] if path.is_file() else [one for one in sorted(path.rglob("*")) if one.is_file()]
        root = path.parent if path.is_file() else path
        texts = {one.relative_to(root).as_posix(): one.read_text() for one in files}
        if path.is_file():
            texts = {"blueprint.yaml": path.read_text()}
        found.append(texts)
    for template in sorted((ROOT / "blueprints").glob("*/template")):
        text = re.sub(r"\{\{.*?\}\}", "plant", (template / "blueprint.yaml.jinja").read_text())
        texts = {"blueprint.yaml": text}
        if (template / "fleet.csv").exists():
            texts["fleet.csv"] = (template / "fleet.csv").read_text()
        found.append(texts)
    return found


def damaged(text: str, draw: random.Random) -> str:
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        at = draw.randrange(len(text) + 1)
        match draw.randrange(6):
            case 0:
                text = text[:at] + draw.choice(PIECES) + text[at:]
            case 1:
                text = text[:at] + draw.choice(PIECES) + text[at + draw.randint(1, 12) :]
            case 2:
                text = text[:at] + text[at + draw.randint(1, 40) :]
            case 3:
                lines = text.split("\n")
                draw.shuffle(lines)
                text = "\n".join(lines) if draw.random() < 0.1 else text + "\n" + draw.choice(lines)
            case 4:
                words = re.findall(r"[\w/.-]+", text) or ["x"]
                old, new = draw.choice(words), draw.choice([*words, *PIECES])
                text = text.replace(old, new, draw.choice((1, 1, -1)))
            case _:
                spot = draw.randrange(len(text) + 1)
                text = text[:at] + text[spot : spot + draw.randint(1, 60)] + text[at:]
    return text


def reader(texts: dict[str, str]):
    def read(name: str) -> bytes:
        if name not in texts:
            raise FileNotFoundError(2, "No such file or directory")
        return texts[name].encode("utf-8", "surrogatepass")

    return read


def test_damaged_blueprints() -> None:
    draw = random.Random(SEED)
    pool = seeds()
    sound = 0
    for round_ in range(ROUNDS):
        texts = dict(draw.choice(pool))
        victim = draw.choice(sorted(texts))
        texts[victim] = damaged(texts[victim], draw)
        started = time.monotonic()
        try:
            examined = examine("blueprint.yaml", reader(texts))
            for finding in examined.findings:
                assert finding.place is not None
                assert finding.detail and finding.remedy
                assert (finding.detail + finding.remedy + finding.address).isprintable(), finding
            if examined.sound and examined.blueprint is not None:
                sound += 1
                for name in examined.blueprint.environments:
                    deployment = resolve(examined.blueprint, name).deployment
                    assert deployment is not None
                    check(deployment)
                    for address in (
                        "",
                        *explain(examined.document, examined.blueprint, name).explained.below[:6],
                    ):  # pyright: ignore
                        assert explain(examined.document, examined.blueprint, name, address).explained
        except Exception as error:
            raise AssertionError(f"round {round_}, {victim}:\n{texts[victim]}") from error
        assert time.monotonic() - started < SLOWEST_S, texts[victim]
    assert sound > ROUNDS / 200
