"""The only place that knows actors and adapters: configuration, wiring, commands.

Tested in tests/app
"""
