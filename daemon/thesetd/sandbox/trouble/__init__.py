"""Failures of the emulated providers.

Tested in tests/sandbox
"""
