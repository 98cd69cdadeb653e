"""Makes one host run what its manifest says, and tells what it did.

The agent uses the standard library alone and imports its own modules relatively, so the same files
serve as ``aiotctl.agents.converge`` and, copied, as ``ansible.module_utils.aiotctl_converge``.

Layout under a host's root:

==================  =====================================================================
``manifest.json``   what was put here, with digests and owner (0600); see ``state.py``
``etc/`` ...        files of the manifest
``data/`` ...       directories of the manifest; kept on removal unless data is purged
``programs/`` ...   delivered programs
``logs/``           one log per service, rotated by supervisord, and supervisord's own
``run/``            supervisord's configuration and socket, the launcher, one file per service
==================  =====================================================================

The manifest format is documented in ``manifest.py``. ``apply.py`` has the entry points.
"""
