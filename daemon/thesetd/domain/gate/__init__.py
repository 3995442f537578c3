"""Limits, lanes, penalties, breakers, lifetimes: which call may go, and when.

Tested in tests/domain/gate, tests/adapters/redis_limiter
"""
