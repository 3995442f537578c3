"""Stores past setlists: pages of setlist.fm, the shows they belong to, and the setlists that users see.

Tested in tests/contracts, tests/adapters/postgres/setlists
"""
