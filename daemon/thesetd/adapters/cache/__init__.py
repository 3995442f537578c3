"""Caches providers' answers: in this process's memory, and in Redis for all nodes.

Tested in tests/adapters/cache, tests/contracts/test_cache.py
"""
