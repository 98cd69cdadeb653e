"""Certificates, credentials and rights."""
