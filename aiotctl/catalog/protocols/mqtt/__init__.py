"""Part of the catalog of things one may choose."""
