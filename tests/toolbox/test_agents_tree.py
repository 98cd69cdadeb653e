"""The folder of agents for hosts runs with the distribution's own Python, isolated from everything else."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from aiotctl.toolbox.agents_tree import agents_tree

PYTHON = shutil.which("python3.11", path="/usr/bin")

MODULES = "aiotctl.agents.maintenance, aiotctl.agents.lake_export.__main__, pyarrow.parquet, obstore, psycopg"


@pytest.mark.skipif(PYTHON is None, reason="needs the distribution's Python 3.11: apt-get install python3.11")
def test_agents_run_from_their_folder_alone() -> None:
    tree = agents_tree("amd64", lambda _: None)
    code = f"import sys; sys.path.append({str(tree.path)!r}); import {MODULES}; print(psycopg.pq.__impl__)"
    done = subprocess.run([str(PYTHON), "-I", "-B", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "binary"), done.stderr


def test_the_folder_is_made_once() -> None:
    first = agents_tree("amd64", lambda _: None)
    assert agents_tree("amd64", lambda told: pytest.fail(f"made again: {told}")) == first
