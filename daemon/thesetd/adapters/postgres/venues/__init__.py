"""Stores operators' decisions about venues, and looks venues up.

Tested in tests/adapters/postgres/venues
"""
