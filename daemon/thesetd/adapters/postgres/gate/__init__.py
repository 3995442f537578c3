"""What the gate keeps in the database: the ledger, penalties, capabilities.

Tested in tests/contracts
"""
