"""The outside, one module or folder per technology.

Tested in tests/adapters, tests/contracts, tests/app
"""
