"""Finds or obtains external programs: see `locate`, `obtain` (ensure, survey) and `bundle` (pack)."""
