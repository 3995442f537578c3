"""The rows of the table of routes, by subject: a command of thesetctl loads only those that it needs.

Tested in tests/adapters/web/test_openapi.py
"""
