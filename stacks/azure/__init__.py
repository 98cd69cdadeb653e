"""The hub in Azure."""
