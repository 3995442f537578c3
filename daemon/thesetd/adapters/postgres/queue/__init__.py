"""Jobs, schedules and nodes: which node runs what, and what users request about it.

Tested in tests/contracts/test_durable.py, tests/adapters/postgres/queue
"""
