"""The configuration: where it comes from, and the frozen classes it becomes.

Tested in tests/app/configuration
"""
