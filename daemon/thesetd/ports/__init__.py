"""What the actors need from outside, as small protocols; adapters implement them, app/wiring.py connects them.

Tested in tests/contracts, tests/adapters/web
"""
