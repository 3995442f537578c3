"""Starts, watches and restarts the actors, and probes the services that they depend on.

Tested in tests/actors/supervision, tests/actors/test_lives.py
"""
