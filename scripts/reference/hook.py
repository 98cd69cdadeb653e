"""Adds the generated pages of the reference to the documentation while mkdocs builds it."""

import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parents[2]))

from scripts.reference import commands, diagnostics, language, output

PAGES = {
    "reference/language.md": language.page,
    "reference/commands.md": commands.page,
    "reference/diagnostics.md": diagnostics.page,
    "reference/output.md": output.page,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Makes each page anew, so that none can be out of date."""
    for path, page in PAGES.items():
        files.append(File.generated(config, path, content=page()))
    return files
