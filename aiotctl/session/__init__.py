"""Puts the rooms together for one environment of one project: what the commands call."""
