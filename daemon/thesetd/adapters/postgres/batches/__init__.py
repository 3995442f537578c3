"""Writes batches: everything that one step stores, in one transaction, with its events.

Tested in tests/contracts/test_durable.py, tests/adapters/postgres/batches
"""
