"""Jobs, schedules and nodes: who does what, and what people ask about it.

Tested in tests/contracts/test_durable.py, tests/adapters/postgres/queue
"""
