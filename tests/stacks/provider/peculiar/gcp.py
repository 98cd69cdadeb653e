"""Google Cloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.stacks.provider.peculiar import New
from tests.stacks.provider.plausible import address

PROJECT = "test-project"


def identity(new: New) -> str:
    scope = new.inputs.get("zone") or new.inputs.get("region") or new.inputs.get("location") or "global"
    return f"projects/{PROJECT}/{scope}/{new.kind[0].lower()}{new.kind[1:]}s/{new.name}"


def outputs(new: New) -> Mapping[str, Any]:
    link = f"https://www.googleapis.com/{identity(new)}"
    match new.token:
        case "gcp:compute/address:Address":
            return {"address": address(new.seed), "selfLink": link}
        case _:
            return {"selfLink": link}


def answer(token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}
