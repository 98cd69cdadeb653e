"""What is asked of the running system: status, verify, logs, read."""
