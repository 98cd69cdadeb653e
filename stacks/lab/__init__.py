"""A cloud on one Linux machine: its machines, database and bucket are containers with systemd."""
