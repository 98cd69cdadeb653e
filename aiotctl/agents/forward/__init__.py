"""Store and forward on a gateway: what its broker takes for the hub goes into a journal on the disk, and from
there to the hub's broker, oldest first.

A message is acknowledged to the gateway's broker once it is on the disk. Beyond the journal's limit the
oldest messages go, and are counted. Standard library alone: a gateway needs no more than its Python.
"""
