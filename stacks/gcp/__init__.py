"""The hub in Google Cloud."""
