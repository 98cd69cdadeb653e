"""Fifty gateways with twenty files and services each, for the benches that hold aiotctl against its peers.

``content`` says what is on each host, ``entry`` tells it to aiotctl as a package of other people's would, and
``ours`` is a project of it. The peers' own words for the same lie in ``benches/peers``.
"""
