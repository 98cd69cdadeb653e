"""Agents imported from texts in memory."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator

import pytest

from aiotctl.agents.boot import Sources

TEXTS = {
    "in_memory.__init__": "",
    "in_memory.one": "from .part import two\n\n\ndef three():\n    return two + 1\n",
    "in_memory.part.__init__": "two = 2\n",
}


@pytest.fixture(autouse=True)
def finder() -> Iterator[None]:
    found = Sources(TEXTS)
    sys.meta_path.insert(0, found)
    yield
    sys.meta_path.remove(found)
    for name in [name for name in sys.modules if name.startswith("in_memory")]:
        del sys.modules[name]


def test_packages_and_relative_imports() -> None:
    assert importlib.import_module("in_memory.one").three() == 3


def test_a_module_can_read_its_own_text() -> None:
    assert inspect.getsource(importlib.import_module("in_memory.one")) == TEXTS["in_memory.one"]


def test_what_is_not_sent_is_not_there() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("in_memory.other")
