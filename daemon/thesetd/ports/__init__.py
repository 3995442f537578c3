"""What the actors need of the outside, as small protocols; adapters implement them, app/wiring.py joins them.

Tested in tests/contracts, tests/adapters/web
"""
