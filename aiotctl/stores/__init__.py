"""Where record and vault live."""
