"""Stores songs: derived from tracks, merged and split by operators, looked up.

Tested in tests/contracts/test_store.py, tests/adapters/postgres/songs
"""
