"""What every PostgreSQL of the catalog has in common: the schema's migrations and the views that people
query.
"""
