"""Compiles one blueprint of an AIoT system into what must run, applies it and verifies that data arrives."""

__version__ = "0.1.0"
