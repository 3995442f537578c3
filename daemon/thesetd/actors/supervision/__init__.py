"""Who starts, watches and restarts the actors, and who proves what they depend on.

Tested in tests/actors/supervision, tests/actors/test_lives.py
"""
