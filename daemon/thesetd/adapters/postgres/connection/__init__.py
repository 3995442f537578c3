"""Opens connections to PostgreSQL: the address, TLS, and the server or pooler behind it.

Tested in tests/adapters/postgres/connection, tests/servers
"""
