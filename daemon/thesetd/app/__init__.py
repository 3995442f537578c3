"""The only place that knows both actors and adapters: configuration, wiring, commands.

Tested in tests/app
"""
