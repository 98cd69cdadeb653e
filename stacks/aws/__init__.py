"""The hub in AWS."""
