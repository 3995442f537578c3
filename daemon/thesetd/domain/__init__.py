"""What is true whatever the database, the network or the clock: pure values and functions, no I/O, no trio.

Tested in tests/domain
"""
