"""Record, vault, journal and lock in a bucket, over the few things that S3, GCS and Azure have in common.

``protocol`` says what those are, ``bucket`` has them from obstore; the rest is written once for all three.
"""
