"""The two HTTP listeners: control socket and read-only TCP.

Tested in tests/adapters/web
"""
