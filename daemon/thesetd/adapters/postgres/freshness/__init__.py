"""Freshness in PostgreSQL: runs of schedules, pins and interest.

Tests: tests/contracts/test_freshness.py, over the store in memory and this one.
"""
