"""Limits, lanes, penalties, breakers, lifetimes: which calls may be sent, and when.

Tested in tests/domain/gate, tests/adapters/redis_limiter
"""
