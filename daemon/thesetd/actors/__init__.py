"""The supervised tasks: each owns its state and communicates by messages.

Tested in tests/actors
"""
