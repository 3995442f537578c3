"""Rows of the table of routes about the change feed and webhooks.

Tested in tests/adapters/web/test_openapi.py
"""
