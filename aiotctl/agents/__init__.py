"""Programs that run on hosts."""
