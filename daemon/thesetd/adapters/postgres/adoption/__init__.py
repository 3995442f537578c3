"""Turns an application's own tables into the catalogue: same tables, same rows, same ids.

The tables are set aside, the migrations create theirs, and their columns, keys, triggers and views are added to the
application's. Everything that depends on the application's tables stays untouched: votes, views, policies, grants. All
of it is one transaction.
"""
