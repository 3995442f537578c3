"""Stores the rows of providers' data: look-up, upsert, matching, predictions.

Tested in tests/contracts/test_store.py, tests/adapters/postgres/rows
"""
