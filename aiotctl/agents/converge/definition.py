"""Digests of what a running service has taken in: they tell whether it must be told of a change."""

from __future__ import annotations

from .digest import json_digest, text_digest
from .manifest import Manifest, Service
from .runtimes import runtime_for


def definition_digest(manifest: Manifest, service: Service, programs: dict[str, str]) -> str:
    """Digest of all that a running service has taken in at its start, its files apart.

    `programs` maps names to the digests of what is in place.
    """
    return json_digest(
        [
            runtime_for(manifest.runtime).definition(manifest, service),
            service.stop_signal,
            service.stop_seconds,
            [[name, programs.get(name, "")] for name in service.programs],
        ]
    )


def files_digest(manifest: Manifest, service: Service) -> str:
    """Digest of the files whose change the service must be told."""
    contents = {f.path: text_digest(f.content) for f in manifest.files}
    return json_digest([[path, contents[path]] for path in service.files])
