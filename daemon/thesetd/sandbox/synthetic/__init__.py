"""A world generated from a seed: artists, catalogues, venues, tours and setlists that refer to each other.

Tested in tests/sandbox/test_world.py
"""
