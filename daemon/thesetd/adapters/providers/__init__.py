"""The providers, one folder each, independent of one another.

Tested in tests/contracts/test_providers.py, tests/adapters/providers
"""
