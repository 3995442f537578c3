"""How a connection to PostgreSQL comes to be: its address, its protection, the server or pooler behind it.

Tested in tests/adapters/postgres/connection, tests/servers
"""
