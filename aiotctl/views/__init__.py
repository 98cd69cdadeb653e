"""Every word that a person or a machine reads."""
