"""How the process starts, waits, reloads and stops.

Tested in tests/app
"""
