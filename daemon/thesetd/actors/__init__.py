"""The supervised tasks: each owns its state and talks by message.

Tested in tests/actors
"""
