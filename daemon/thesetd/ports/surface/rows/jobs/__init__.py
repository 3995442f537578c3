"""Rows of the table of routes about jobs.

Tested in tests/adapters/web/test_openapi.py
"""
