"""Stores the gate's data in the database: the ledger, penalties, capabilities.

Tested in tests/contracts
"""
