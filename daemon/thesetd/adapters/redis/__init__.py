"""Access to one Redis: its address, the connections to it, and what is published and mirrored there.

Tested in tests/adapters/redis, tests/servers
"""
