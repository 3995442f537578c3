"""Songs' tables: derived from tracks, merged and split by people, looked up.

Tested in tests/contracts/test_store.py, tests/adapters/postgres/songs
"""
