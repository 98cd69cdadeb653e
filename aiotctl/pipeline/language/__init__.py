"""The blueprint's language: its YAML, its shape as JSON Schema, and how each section is read."""
