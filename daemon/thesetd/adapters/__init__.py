"""Access to everything outside of the process, one module or folder per technology.

Tested in tests/adapters, tests/contracts, tests/app
"""
