"""The emulated providers, a folder each.

Tested in tests/sandbox
"""
