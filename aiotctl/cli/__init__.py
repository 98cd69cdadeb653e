"""One file a command: parse, call, view, exit code."""
