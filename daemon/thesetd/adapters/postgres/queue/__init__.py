"""Stores jobs, schedules and nodes: which node runs what, and the queries about it.

Tested in tests/contracts/test_durable.py, tests/adapters/postgres/queue
"""
