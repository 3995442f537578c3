"""The rows of the table of routes, by subject: a command of thesetctl loads no more of them than it asks for.

Tested in tests/adapters/web/test_openapi.py
"""
