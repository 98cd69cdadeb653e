"""What others' users would write for what the benches apply: a stock playbook, a pyinfra deploy."""
