"""Venues: what people decide about them, and how they are looked up.

Tested in tests/adapters/postgres/venues
"""
