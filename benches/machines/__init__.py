"""Twelve Debian machines as containers: a hub and eleven gateways, for the bench of a first apply.

``ours`` is a project of them, ``stock`` the playbook that puts the same packages, users, programs, files and
units there.
"""
