"""The handlers of the control surface, by subject.

Tested in tests/adapters/web
"""
