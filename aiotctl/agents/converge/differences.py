"""What changes in files, as before and after texts for people."""

from __future__ import annotations

from .facts import World
from .manifest import Manifest
from .observe import observe

_LONGEST = 200_000  # characters of a text that is shown


def differences(manifest: Manifest) -> list[dict[str, str]]:
    """Before and after of every file that changes, in the form Ansible shows; secret ones only by name."""
    seen = observe(manifest, World.look())
    found: list[dict[str, str]] = []
    for file in seen.wanted_files:
        fact = seen.files[file.path]
        before = fact.data.decode("utf-8", "replace")
        if fact.kind == "file" and before == file.content:
            continue
        names = {"before_header": file.path, "after_header": file.path}
        if file.secret:
            found.append({**names, "before": "", "after": "(content not shown)\n"})
        else:
            found.append({**names, "before": before[:_LONGEST], "after": file.content[:_LONGEST]})
    return found
