"""The things one may choose: one file or folder each, pure, found by discovery."""
