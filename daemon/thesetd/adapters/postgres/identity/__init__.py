"""Stores identities: their tables, what is read for a decision, what it changes, and how that is undone.

Tested in tests/contracts, tests/adapters/postgres/identity
"""
