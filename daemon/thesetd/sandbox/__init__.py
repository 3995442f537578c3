"""The three providers, emulated over HTTP on loopback.

Tested in tests/sandbox, tests/app
"""
