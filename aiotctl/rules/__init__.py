"""The physical rules, one file a topic."""
