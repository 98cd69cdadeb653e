"""Frozen data that travels between the stages. Standard library only; no behaviour beyond trivial
derivations.
"""
