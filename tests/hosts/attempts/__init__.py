"""Attempts that must fail, made against the live pilot of tests/hosts.

Each is an `Attempt`: who tries what, what must refuse it, and how the refusal reads. Its counterpart is the
same client that does the right thing, or the right client that does the same, and succeeds; so the refusal is
due to what the attempt does wrong and to nothing else. A new one is a new entry in the module of its subject.
``python -m tests.hosts.attempts`` writes the table of docs/reference/attempts.md.
"""
