"""The providers, one folder each; they know nothing of one another.

Tested in tests/contracts/test_providers.py, tests/adapters/providers
"""
