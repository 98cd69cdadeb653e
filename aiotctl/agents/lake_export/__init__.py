"""Exports values from the database to the lake as Parquet files, so that none is lost or doubled.

A batch is a range of insertion numbers in which every value is committed. It is recorded as open before
anything is written, its objects are named after it, and it is recorded as done after the last one is
stored. A batch that was interrupted is done again: the same rows go into objects of the same names.
"""
