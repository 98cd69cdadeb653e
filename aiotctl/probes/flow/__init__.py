"""Is every series flowing, and if not, where does it stop? Asked of database, broker and logs; never of a
device.
"""
