"""The steps of jobs, and the services that they use.

Tested in tests/actors
"""
