"""Private PostgreSQL and Redis servers for a machine that has none.

Tested in tests/adapters/embedded
"""
