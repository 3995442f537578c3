"""What jobs do: their steps, and what the steps use.

Tested in tests/actors
"""
