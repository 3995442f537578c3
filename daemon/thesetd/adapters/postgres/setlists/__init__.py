"""What was played: pages of setlist.fm, the shows they belong to, and the setlists that people see.

Tested in tests/contracts, tests/adapters/postgres/setlists
"""
