"""What starts, watches and restarts the actors, and what probes the services that they depend on.

Tested in tests/actors/supervision, tests/actors/test_lives.py
"""
